package dev.sampo.engine.command;

import dev.sampo.engine.value.HyperLogLog;
import dev.sampo.resp.OffHeap;
import java.util.SplittableRandom;

/// What PFSELFTEST tries: that registers keep what they are given, and that estimates of known numbers of elements are near
/// and the same in both forms.
final class HyperLogLogTrial {
    private static final int ROUNDS = 10;
    private static final int ELEMENTS = 20_000;
    private static final int ELEMENT_BYTES = 8;
    /// What Redis allows a sparse one unless told otherwise, and room to outgrow it.
    private static final int SPARSE_BYTES_MAX = 3000;
    private static final int SPARSE_BYTES = SPARSE_BYTES_MAX + 8;
    private static final double STANDARD_ERROR = 1.04 / 128;

    private final SplittableRandom random = new SplittableRandom(1);
    private final long dense;
    private final long sparse;
    private final long element;

    private HyperLogLogTrial(long memory) {
        dense = memory;
        sparse = memory + HyperLogLog.DENSE_BYTES;
        element = sparse + SPARSE_BYTES;
    }

    /// What went wrong, or null.
    static String run() {
        long bytes = HyperLogLog.DENSE_BYTES + SPARSE_BYTES + ELEMENT_BYTES;
        long memory = OffHeap.allocate(bytes);
        try {
            var trial = new HyperLogLogTrial(memory);
            String failure = trial.registers();
            return failure != null ? failure : trial.estimates();
        } finally {
            OffHeap.free(memory, bytes);
        }
    }

    private void clear() {
        HyperLogLog.writeEmpty(sparse);
        HyperLogLog.toDense(sparse, HyperLogLog.EMPTY_BYTES, dense);
    }

    private String registers() {
        clear();
        byte[] expected = new byte[HyperLogLog.REGISTERS];
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < HyperLogLog.REGISTERS; i += 1 + random.nextInt(64)) {
                expected[i] = (byte) random.nextInt(64);
                HyperLogLog.register(dense, i, expected[i]);
            }
            for (int i = 0; i < HyperLogLog.REGISTERS; i++) {
                if (HyperLogLog.register(dense, i) != expected[i]) {
                    return "Register " + i + " should be " + expected[i] + " but is " + HyperLogLog.register(dense, i);
                }
            }
        }
        return null;
    }

    private String estimates() {
        clear();
        int length = HyperLogLog.EMPTY_BYTES;
        boolean isSparse = true;
        int next = 1;
        for (int n = 1; n <= ELEMENTS; n++) {
            OffHeap.putLong(element, random.nextLong());
            long hash = HyperLogLog.hash(element, ELEMENT_BYTES);
            int index = HyperLogLog.index(hash);
            int rank = HyperLogLog.rank(hash);
            if (HyperLogLog.register(dense, index) < rank) {
                HyperLogLog.register(dense, index, rank);
            }
            if (isSparse) {
                long plan = HyperLogLog.plan(sparse, length, index, rank, SPARSE_BYTES_MAX);
                if (plan == HyperLogLog.CORRUPT) {
                    return "sparse encoding is corrupted after " + n + " elements";
                }
                isSparse = plan != HyperLogLog.PROMOTE;
                length = plan > 0 ? HyperLogLog.apply(sparse, length, plan, index, rank) : length;
            }
            if (n == next) {
                long estimate = HyperLogLog.count(dense, HyperLogLog.DENSE_BYTES);
                // Six standard errors, and a collision among few.
                if (Math.abs(estimate - n) > Math.max(1, Math.ceil(STANDARD_ERROR * 6 * n))) {
                    return "Too big error. card:" + n + " estimate:" + estimate;
                }
                if (isSparse && HyperLogLog.count(sparse, length) != estimate) {
                    return "dense/sparse disagree";
                }
                next *= 10;
            }
        }
        return null;
    }
}
