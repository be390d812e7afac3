package dev.sampo.persist.check;

import dev.sampo.engine.rdb.SkippingTarget;
import dev.sampo.engine.rdb.ValueTarget;
import dev.sampo.persist.rdb.RdbTarget;

/// Counts what is in a snapshot; every value is decoded and none is kept.
final class CountingTarget implements RdbTarget {
    private long keys;
    private long deadlines;
    private int functions;
    private int modules;
    private int highestDb;

    @Override
    public void aux(String name, String value) {
        // Of no interest.
    }

    @Override
    public boolean database(int db) {
        highestDb = Math.max(highestDb, db);
        return true;
    }

    @Override
    public void resize(long expected, long expectedDeadlines) {
        // It may say anything.
    }

    @Override
    public void function(byte[] library) {
        functions++;
    }

    @Override
    public void skippedModule(String name) {
        modules++;
    }

    @Override
    public ValueTarget key(long key, int keyLength, int type, long deadlineMillis, long idleSeconds, int frequency) {
        keys++;
        deadlines += deadlineMillis == 0 ? 0 : 1;
        return SkippingTarget.INSTANCE;
    }

    @Override
    public void endKey(boolean empty) {
        // Counted before.
    }

    int highestDb() {
        return highestDb;
    }

    @Override
    public String toString() {
        return keys + " keys, " + deadlines + " of them with a deadline" + (functions == 0 ? "" : ", " + functions + " libraries of functions")
            + (modules == 0 ? "" : ", data of " + modules + " modules");
    }
}
