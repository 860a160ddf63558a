# redis under redis-benchmark; what it has saved is there when it has been killed and starts again.
set -eu
cd /root
serve() {
    redis-server --bind 127.0.0.1 --dir /root --save '' --appendonly yes --appendfsync always --daemonize yes > /dev/null
    until [ "$(redis-cli ping 2> /dev/null)" = PONG ]; do :; done
}
serve
redis-benchmark -n 1000 -c 10 -q -t ping_inline,set,get,lpush,zadd > benchmark
tr '\r' '\n' < benchmark | grep 'requests per second' | sed 's/:.*//'
redis-cli flushall
for number in 1 2 3; do redis-cli set key$number "value $number"; done
redis-cli incrby counter 41
kill -9 $(pidof redis-server)
serve
redis-cli incr counter
redis-cli mget key1 key2 key3
redis-cli eval "return redis.call('dbsize')" 0
redis-cli shutdown nosave
