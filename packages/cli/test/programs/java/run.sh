# Java: compiles a program and runs it, with both garbage collectors that small machines get.
set -eu
javac -d /root/classes /program/Main.java
for collector in Serial G1; do java -Xmx128m "-XX:+Use${collector}GC" -cp /root/classes Main; done
