# A server of ssh: a command's status, a terminal, a file through a pipe and by sftp, a tunnel, and another user.
set -eu
cd /root
install -d /run/sshd
install -d -m 700 .ssh
ssh-keygen -q -t ed25519 -N '' -f key
cp key.pub .ssh/authorized_keys
useradd --create-home --password '*' guest
install -d -o guest -m 700 /home/guest/.ssh
install -o guest key.pub /home/guest/.ssh/authorized_keys
cat > client <<- END
	Host *
	    HostName 127.0.0.1
	    Port 2222
	    IdentityFile /root/key
	    StrictHostKeyChecking no
	    UserKnownHostsFile /dev/null
	    LogLevel ERROR
END
/usr/sbin/sshd -p 2222 -o ListenAddress=127.0.0.1 -o UsePAM=no -o PidFile=/root/pid
there() { ssh -F client "$@"; }

there box 'echo $((6 * 7)); exit 3' || echo "status $?"
there -tt box 'test -t 0 && stty rows 30 columns 90 && stty size' | tr -d '\r'
seq 100000 | there box 'cat > sent; cksum < sent'
echo 'get sent back' | sftp -q -b - -F client box > /dev/null
cmp sent back
there guest@box 'id -un; touch /root/mine' 2>&1 || echo "status $?"
there -f -N -L 3333:127.0.0.1:2222 box
ssh -F client -p 3333 box 'echo through the tunnel'
kill "$(cat pid)"
while [ -e pid ]; do :; done
