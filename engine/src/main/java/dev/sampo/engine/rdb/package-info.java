/// Redis's serialisation of values, as DUMP, RESTORE and RDB files use it: [dev.sampo.engine.rdb.ValueWriter] writes the
/// value of an entry, [dev.sampo.engine.rdb.ValueReader] reads every form that RDB versions 1 to 12 know and trusts none.
/// Format: https://github.com/redis/redis/blob/7.2/src/rdb.h
package dev.sampo.engine.rdb;
