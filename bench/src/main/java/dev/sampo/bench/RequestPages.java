package dev.sampo.bench;

import dev.sampo.bench.RequestTemplate.Field;
import dev.sampo.bench.RequestTemplate.Source;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// The batches of a run, encoded once; before a batch is sent only the digits of its fields are overwritten.
///
/// A page is one batch of `pipeline` requests. There are as many pages as it takes for the cycle of requests to come out
/// even, so that page p always begins with the same request. Used by one thread.
final class RequestPages {
    private static final int[] FOUR_DIGITS = fourDigits();

    /// Upper bounds of the random fields, each at most 100,000,000.
    ///
    /// @param keys for `{key}`
    /// @param members for `{member}`
    /// @param counters for `{counter}`
    record Ranges(long keys, long members, long counters) {
        static final long MAX = 100_000_000;

        Ranges {
            if (Math.min(keys, Math.min(members, counters)) < 1 || Math.max(keys, Math.max(members, counters)) > MAX) {
                throw new IllegalArgumentException("ranges must be between 1 and " + MAX);
            }
        }

        private int of(Source source) {
            return (int) switch (source) {
                case KEY -> keys;
                case MEMBER -> members;
                case COUNTER -> counters;
                case SEQUENCE, SAME -> 0;
            };
        }
    }

    private static final int SEQUENCE = 0;
    private static final int SAME = -1;

    private final int pipeline;
    private final ByteBuffer[] pages;
    private final int[][] offsets;
    /// Per field the upper bound of its random number, or SEQUENCE, or SAME.
    private final int[][] bounds;
    private final ReplyCheck[] checks;
    private long random;
    private int sequence;

    /// @param templates the cycle
    /// @param cycleChecks the reply expected to each of them
    /// @param pipeline requests in a batch
    /// @param seed start of the random numbers
    RequestPages(List<RequestTemplate> templates, List<ReplyCheck> cycleChecks, int pipeline, Ranges ranges, long seed) {
        int cycle = templates.size();
        int count = cycle / gcd(cycle, pipeline);
        this.pipeline = pipeline;
        this.pages = new ByteBuffer[count];
        this.offsets = new int[count][];
        this.bounds = new int[count][];
        this.checks = new ReplyCheck[count * pipeline];
        this.random = seed;
        for (int page = 0; page < count; page++) {
            List<RequestTemplate> batch = new ArrayList<>();
            for (int i = 0; i < pipeline; i++) {
                int request = (page * pipeline + i) % cycle;
                batch.add(templates.get(request));
                checks[page * pipeline + i] = cycleChecks.get(request);
            }
            encode(page, batch, ranges);
        }
    }

    private void encode(int page, List<RequestTemplate> batch, Ranges ranges) {
        int size = batch.stream().mapToInt(template -> template.bytes().length).sum();
        int fields = batch.stream().mapToInt(template -> template.fields().size()).sum();
        ByteBuffer bytes = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
        offsets[page] = new int[fields];
        bounds[page] = new int[fields];
        int next = 0;
        for (RequestTemplate template : batch) {
            for (Field field : template.fields()) {
                offsets[page][next] = bytes.position() + field.offset();
                bounds[page][next++] = field.source() == Source.SAME ? SAME : ranges.of(field.source());
            }
            bytes.put(template.bytes());
        }
        pages[page] = bytes;
    }

    /// Writes fresh numbers into a page and returns it, ready to be sent from position 0 to its limit.
    ByteBuffer fill(int page) {
        ByteBuffer bytes = pages[page];
        int[] at = offsets[page];
        int[] bound = bounds[page];
        int number = 0;
        for (int i = 0; i < at.length; i++) {
            int limit = bound[i];
            if (limit > 0) {
                number = (int) ((nextRandom() >>> 32) * limit >>> 32);
            } else if (limit == SEQUENCE) {
                number = sequence++;
            }
            bytes.putInt(at[i] + 4, FOUR_DIGITS[number / 10_000]);
            bytes.putInt(at[i] + 8, FOUR_DIGITS[number % 10_000]);
        }
        bytes.clear();
        return bytes;
    }

    /// SplitMix64.
    private long nextRandom() {
        random += 0x9e3779b97f4a7c15L;
        long z = random;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    /// Sets the number that the next `{seq}` gets.
    RequestPages startSequence(long first) {
        sequence = Math.toIntExact(first);
        return this;
    }

    int pipeline() {
        return pipeline;
    }

    int count() {
        return pages.length;
    }

    /// Expected replies to all pages in order.
    ReplyCheck[] checks() {
        return checks;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    private static int[] fourDigits() {
        int[] table = new int[10_000];
        ByteBuffer digits = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder());
        for (int n = 0; n < table.length; n++) {
            digits.put(0, (byte) ('0' + n / 1000)).put(1, (byte) ('0' + n / 100 % 10));
            digits.put(2, (byte) ('0' + n / 10 % 10)).put(3, (byte) ('0' + n % 10));
            table[n] = digits.getInt(0);
        }
        return table;
    }
}
