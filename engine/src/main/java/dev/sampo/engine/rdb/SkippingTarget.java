package dev.sampo.engine.rdb;

/// Takes note of nothing: for values that are only checked, or not wanted.
public final class SkippingTarget implements ValueTarget {
    public static final SkippingTarget INSTANCE = new SkippingTarget();

    private SkippingTarget() {
    }

    @Override
    public boolean string(long address, int length) {
        return true;
    }

    @Override
    public boolean begin(int type, long count) {
        return true;
    }

    @Override
    public boolean packed(int type, int encoding, long address, int bytes, int count, long longest) {
        return true;
    }

    @Override
    public boolean element(long address, int length) {
        return true;
    }

    @Override
    public boolean member(long address, int length, double score) {
        return true;
    }

    @Override
    public boolean field(long field, int fieldLength, long value, int valueLength, long deadlineMillis) {
        return true;
    }

    @Override
    public boolean node(long millis, long sequence, long listpack, int bytes, long live) {
        return true;
    }

    @Override
    public boolean summary(StreamSummary stream) {
        return true;
    }

    @Override
    public boolean group(long name, int nameLength, long millis, long sequence, long entriesRead, boolean known) {
        return true;
    }

    @Override
    public boolean pending(long millis, long sequence, long deliveredAtMillis, long deliveries) {
        return true;
    }

    @Override
    public boolean consumer(long name, int nameLength, long seenAtMillis, long activeAtMillis) {
        return true;
    }

    @Override
    public boolean consumerPending(long millis, long sequence) {
        return true;
    }

    @Override
    public boolean endGroup() {
        return true;
    }

    @Override
    public boolean end() {
        return true;
    }
}
