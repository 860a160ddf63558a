# supervisord: one program that goes on, one that ends again and again, and one that is killed; then all are stopped.
set -eu
cd /root
supervisord -c /program/supervisord.conf
ask() { supervisorctl -c /program/supervisord.conf "$@"; }
is() { ask status "$1" | awk '{print $1, $2}'; }

until [ "$(is steady)" = 'steady RUNNING' ]; do :; done
is steady
until [ "$(wc -l < starts)" -ge 3 ]; do :; done
echo 'restless was started again'
before=$(ask pid steady)
kill -9 "$before"
until [ "$(is steady)" = 'steady RUNNING' ] && [ "$(ask pid steady)" != "$before" ]; do :; done
echo 'steady was started again'
ask stop all | sort
ask shutdown
while [ -e supervisord.pid ]; do :; done
cat last
