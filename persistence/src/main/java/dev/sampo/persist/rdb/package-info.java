/// RDB files: [dev.sampo.persist.rdb.RdbWriter] writes them for redis-server 7.x and Valkey, [dev.sampo.persist.rdb.RdbReader]
/// reads versions 1 to 12. Neither knows files or threads: bytes come and go in pieces.
package dev.sampo.persist.rdb;
