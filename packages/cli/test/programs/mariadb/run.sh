# MariaDB: two clients at once, and a server that is killed. Its recovery gives what was committed, and nothing else.
set -eu
cd /root
install -d -o mysql /run/mysqld
serve() {
    mariadbd --user=mysql > log 2>&1 &
    server=$!
    until mariadb-admin ping > /dev/null 2>&1; do kill -0 $server || { cat log; exit 1; }; done
}
sql() { mariadb -N -B -e "$1" shop; }

serve
mariadb -e 'create database shop'
sql 'create table orders (id int primary key auto_increment, amount int, key (amount)) engine = innodb'
clients=
for client in 1 2; do
    for amount in $(seq 50); do echo "insert into orders (amount) values ($amount);"; done | mariadb shop &
    clients="$clients $!"
done
wait $clients
sql 'select count(*), sum(amount) from orders'
# A transaction that is open when the server is killed.
mkfifo open
: > said
mariadb -N -B --unbuffered shop < open > said 2> /dev/null &
client=$!
exec 3> open
echo "begin; insert into orders (amount) values (1000); select 'inserted';" >&3
until grep -q inserted said; do kill -0 $client; done
kill -9 $server
wait $server 2> /dev/null || true
exec 3>&-
wait $client || true
serve
sql "select 'kept', count(*), max(amount) from orders"
mariadb-check shop
mariadb-admin shutdown
wait $server
grep -q 'Shutdown complete' log && echo 'shut down'
