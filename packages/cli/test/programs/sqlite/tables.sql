create table item (id integer primary key, name text not null, kind integer, price integer);
with recursive number (n) as (select 1 union all select n + 1 from number where n < 10000)
insert into item select n, 'item ' || n, n % 7, n * 37 % 1000 from number;
create index by_kind on item (kind, price);
select kind, count(*), sum(price), max(price) from item group by kind;
begin;
delete from item;
select 'within the transaction', count(*) from item;
rollback;
select 'after it', count(*) from item;
delete from item where id % 3 = 0;
vacuum;
select count(*) from item where name like 'item 1%';
