# PostgreSQL: pgbench, and a server that is killed. Its recovery gives what was committed, and nothing else.
set -eu
cd /var/lib/postgresql
install -d -o postgres /run/postgresql
as_postgres() { runuser -u postgres -- "$@"; }
server() {
    as_postgres /usr/lib/postgresql/15/bin/pg_ctl -s -w -D /var/lib/postgresql/15/main -l /var/lib/postgresql/log \
        -o '-c config_file=/etc/postgresql/15/main/postgresql.conf' "$@" > said 2>&1 || { cat said log; exit 1; }
}
psql() { as_postgres psql -XqAt "$@"; }
pgbench() { as_postgres pgbench "$@" > /root/pgbench.log 2>&1 || { cat /root/pgbench.log; exit 1; }; }

server start
psql -c 'create table kept (number int primary key)'
pgbench -i -s 1
pgbench -n -c 2 -j 2 -t 50
grep 'actually processed' /root/pgbench.log
psql -c 'insert into kept select generate_series(1, 1000)'
# A transaction that is open when the server is killed.
mkfifo /root/open
: > /root/said
psql < /root/open > /root/said 2>&1 &
exec 3> /root/open
echo "begin; insert into kept select generate_series(1001, 2000); select 'inserted';" >&3
until grep -q inserted /root/said; do kill -0 $!; done
kill -9 $(pgrep -u postgres postgres)
exec 3>&-
wait
# A server that is still there, or what holds its shared memory, keeps the next one from starting.
while pgrep -r D,R,S -u postgres postgres > /dev/null; do sleep 0.05; done
server start
psql -c "select 'kept', count(*), max(number) from kept" \
    -c "select 'history', count(*) from pgbench_history" \
    -c "select 'balanced', (select sum(abalance) from pgbench_accounts) = (select sum(delta) from pgbench_history)"
grep -o 'database system was not properly shut down; automatic recovery in progress' /var/lib/postgresql/log
server stop
