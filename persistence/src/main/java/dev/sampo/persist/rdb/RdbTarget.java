package dev.sampo.persist.rdb;

import dev.sampo.engine.rdb.ValueTarget;

/// What an [RdbReader] reports. Memory that is passed in is valid during the call.
public interface RdbTarget {
    /// An AUX field.
    void aux(String name, String value);

    /// What follows belongs to database `db`; whether there is such a database.
    boolean database(int db);

    /// About how many keys the database has.
    void resize(long keys, long volatileKeys);

    /// A library of functions.
    void function(byte[] library);

    /// Data of a module that are passed over.
    void skippedModule(String name);

    /// A key; its bytes stay where they are until its end.
    ///
    /// @param type type byte of its value, a constant of [dev.sampo.engine.rdb.RdbType]
    /// @param deadlineMillis absolute Unix time in ms, 0 = none
    /// @param idleSeconds since its last access, -1 = not known
    /// @param frequency its access counter, -1 = not known
    /// @return where its value goes; null if there must not be such a key (twice the same)
    ValueTarget key(long key, int keyLength, int type, long deadlineMillis, long idleSeconds, int frequency);

    /// The key is complete, or, if its value has no elements, is to be left out.
    void endKey(boolean empty);
}
