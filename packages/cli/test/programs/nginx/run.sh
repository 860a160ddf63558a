# nginx with two workers, under ab: small and large files, by connections that stay and that do not.
set -eu
mkdir /root/www
seq 100 > /root/www/small
seq 100000 > /root/www/large
chmod 755 /root
nginx -c /program/nginx.conf
load() {
    echo "$*:"
    ab -q "$@" > /root/ab.log
    grep -E '^(Document Length|Complete requests|Failed requests|Non-2xx responses|Keep-Alive requests)' /root/ab.log
}
load -n 300 -c 10 http://127.0.0.1:8080/small
load -n 300 -c 10 -k http://127.0.0.1:8080/small
load -n 20 -c 4 http://127.0.0.1:8080/large
load -n 20 -c 4 http://127.0.0.1:8080/missing
kill -QUIT "$(cat /root/nginx.pid)"
while [ -e /root/nginx.pid ]; do :; done
sort -u /root/access.log
