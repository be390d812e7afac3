package dev.sampo.resp;

import static dev.sampo.resp.ParsedInput.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/// The hot methods leave nothing for the collector. A million operations may account for less than one small object in
/// a thousand of them, which is what the JVM itself may add.
class AllocationTest {
    private static final int OPERATIONS = 1_000_000;
    private static final long NOISE_BYTES_MAX = 16_384;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void parsing_allocatesNothing() {
        String command = "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000001\r\n$300\r\n" + "x".repeat(300) + "\r\n"
            + "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000001\r\n" + "PING\r\n" + "SET k \"a b\"\r\n" + "*0\r\n";
        byte[] input = bytes(command.repeat(10));
        long address = OffHeap.allocate(input.length);
        OffHeap.copyFrom(input, 0, address, input.length);
        try (RequestParser parser = new RequestParser(); Args args = new Args()) {
            Runnable parsing = () -> parseAll(parser, args, address, input.length);
            assertThat(allocatedBy(parsing, OPERATIONS / 50)).isLessThan(NOISE_BYTES_MAX);
        }
        OffHeap.free(address, input.length);
    }

    @Test
    void parsingSplitRequests_allocatesNothing() {
        byte[] input = bytes("*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000001\r\n$300\r\n" + "x".repeat(300) + "\r\n");
        long address = OffHeap.allocate(input.length);
        OffHeap.copyFrom(input, 0, address, input.length);
        try (RequestParser parser = new RequestParser(); Args args = new Args()) {
            Runnable split = () -> {
                args.clear();
                int incomplete = parser.parse(address, 2, args);
                incomplete += parser.parse(address, 12, args);
                incomplete += parser.parse(address, 100, args);
                if (incomplete != 3 * RequestParser.INCOMPLETE || parser.parse(address, input.length, args) != 0) {
                    throw new AssertionError();
                }
            };
            assertThat(allocatedBy(split, OPERATIONS)).isLessThan(NOISE_BYTES_MAX);
        }
        OffHeap.free(address, input.length);
    }

    @Test
    void writing_allocatesNothing() {
        OutputBuffer out = new OutputBuffer();
        ReplyWriter writer = new ReplyWriter();
        long value = OffHeap.allocate(64);
        byte[] array = new byte[100];
        for (int version = 2; version <= 3; version++) {
            writer.target(out, version);
            assertThat(allocatedBy(() -> writeAll(writer, out, value, array), OPERATIONS / 20)).isLessThan(NOISE_BYTES_MAX);
        }
        OffHeap.free(value, 64);
        out.release();
    }

    private static void parseAll(RequestParser parser, Args args, long address, long length) {
        args.clear();
        long at = address;
        while (at < address + length) {
            if (parser.parse(at, address + length - at, args) > RequestParser.EMPTY) {
                throw new AssertionError("status");
            }
            at += parser.consumed();
        }
    }

    private static void writeAll(ReplyWriter writer, OutputBuffer out, long value, byte[] array) {
        out.clear();
        writer.ok();
        writer.queued();
        writer.integer(7);
        writer.integer(-123_456_789_012L);
        writer.bulk(value, 64);
        writer.bulk(array);
        writer.bulk("a text");
        writer.simple("PONG");
        writer.error("ERR no such key");
        writer.bulkInteger(1_234_567);
        writer.nullBulk();
        writer.nullArray();
        writer.dbl(0.1);
        writer.dbl(1e300);
        writer.bool(true);
        writer.array(3);
        writer.map(2);
        writer.set(2);
        writer.push(2);
        writer.patch(writer.deferredArray(), 0);
    }

    private static long allocatedBy(Runnable operation, int times) {
        for (int i = 0; i < Math.max(times / 5, 20_000); i++) {
            operation.run();
        }
        long least = Long.MAX_VALUE;
        // Until the optimising compiler has come round to the code, which a busy machine delays, even code that allocates nothing allocates.
        for (int round = 0; round < 10 && least > 0; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < times; i++) {
                operation.run();
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }
}
