# SQLite: a table with an index, a transaction that is rolled back, and both kinds of journal.
set -eu
cd /root
sqlite3 test.db < /program/tables.sql
sqlite3 test.db 'pragma journal_mode = wal' 'update item set price = price + 1 where kind = 3' \
    'select sum(price) from item' 'pragma wal_checkpoint(truncate)' 'pragma integrity_check'
sqlite3 test.db .dump | sqlite3 copy.db
sqlite3 copy.db 'select count(*), sum(price) from item'
