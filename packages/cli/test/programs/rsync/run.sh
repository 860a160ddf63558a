# rsync of 5,000 files: all of them, none, what has changed, and from a server.
set -eu
cd /root
mkdir tree
for directory in $(seq 50); do
    mkdir tree/$directory
    for file in $(seq 100); do echo "$directory $file" > tree/$directory/$file; done
done
ln tree/1/1 tree/hard
ln -s 1/2 tree/soft
mkfifo tree/fifo
chmod 4711 tree/2/1
chown 123:456 tree/2/2
touch -d '2001-02-03 04:05:06.123456789 UTC' tree/1/3
sync_all() { rsync -aH --delete "$@"; }

sync_all --stats tree/ there/ | grep -E '^Number of (files|created files|regular files transferred)'
echo "again: $(sync_all --itemize-changes tree/ there/ | wc -l)"
echo more >> tree/1/1
rm tree/50/100
chmod 600 tree/3/3
sync_all --itemize-changes tree/ there/
stat -c '%n %A %u:%g %h %y' there/2/1 there/2/2 there/1/1 there/1/3 | sed '/1\/1/s/ [0-9-]* [0-9:.]* +0000$//;/2\//s/ [0-9-]* [0-9:.]* +0000$//'

printf 'pid file = /root/pid\nuse chroot = yes\n[all]\npath = /root/tree\nuid = root\ngid = root\n' > rsyncd.conf
rsync --daemon --config=rsyncd.conf --port=8730 --address=127.0.0.1
until rsync --port=8730 127.0.0.1:: > /dev/null 2>&1; do :; done
rsync -aH rsync://127.0.0.1:8730/all/ back/
rsync -aHc --delete --itemize-changes tree/ back/
diff -r --no-dereference --exclude fifo tree back && echo same
kill "$(cat pid)"
while [ -e pid ]; do :; done
