# Makes in /load what the rows work on, and starts the servers that they ask.
set -eu
mkdir -m 755 /load
cd /load

awk 'BEGIN { for (at = 0; at < 1200000; at++) print at, at * 7919 % 10007, "a line of text" }' > text
head -c 8388608 text > text.gzip
head -c 2097152 text > text.bzip2
mkdir tree $(seq -f tree/%g 20)
awk 'BEGIN {
    for (dir = 1; dir <= 20; dir++) for (file = 1; file <= 30; file++) {
        name = "tree/" dir "/" file
        for (line = 0; line < 150; line++) print dir * file * line > name
        close(name)
    }
}'
tar cf tree.tar tree
{
    echo 'create table item (id integer primary key, name text, price integer); begin;'
    awk 'BEGIN { for (id = 0; id < 10000; id++) print "insert into item values (" id ", \047item " id "\047, " id % 97 ");" }'
    echo 'commit; create index by_price on item (price);'
    awk 'BEGIN { for (id = 0; id < 50; id++) print "update item set price = price + 1 where id = " id ";" }'
    echo 'select price, count(*) from item group by price;'
} > items.sql

git config --global user.name A
git config --global user.email a@example.org
git init -q repository
cp -r tree repository
git -C repository add .
git -C repository commit -q -m 'All files'

mkdir module www
cp /bench/primes.go module/main.go
printf 'module example.org/primes\n\ngo 1.19\n' > module/go.mod
head -c 1024 text > www/small

nginx -c /bench/nginx.conf
redis-server --bind 127.0.0.1 --dir /load --save '' --daemonize yes > /dev/null
until [ "$(redis-cli ping 2> /dev/null)" = PONG ]; do :; done
install -d -o postgres /run/postgresql
cd /var/lib/postgresql
runuser -u postgres -- /usr/lib/postgresql/15/bin/pg_ctl -s -w -D /var/lib/postgresql/15/main -l /var/lib/postgresql/log \
    -o '-c config_file=/etc/postgresql/15/main/postgresql.conf' start > /load/pg_ctl.log 2>&1 || { cat log; exit 1; }
runuser -u postgres -- pgbench -q -i -s 1 > /load/pgbench.log 2>&1 || { cat /load/pgbench.log; exit 1; }
