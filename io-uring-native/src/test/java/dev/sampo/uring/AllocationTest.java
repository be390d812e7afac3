package dev.sampo.uring;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The owner's loop allocates nothing once it is compiled.
@Timeout(60)
final class AllocationTest {
    private static final int WARM_UP = 400_000;
    private static final int MEASURED = 1_000_000;
    private static final int BATCH = 32;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @BeforeAll
    static void ringsWork() {
        Rings.assumeAvailable();
    }

    @Test
    void nops_aMillionInSteadyState_allocateNothing() {
        try (IoUring ring = IoUring.create(IoUring.Options.defaults())) {
            Counter counter = new Counter();
            nops(ring, counter, WARM_UP);
            long before = threads.getCurrentThreadAllocatedBytes();
            nops(ring, counter, MEASURED);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(counter.completions).isEqualTo(WARM_UP + MEASURED);
            assertAllocatedNothing(allocated, MEASURED);
        }
    }

    @Test
    void receiveSendAndWait_inSteadyState_allocateNothing() {
        int[] fds = new int[2];
        assertThat(Kernel.socketpair(fds)).isZero();
        try (IoUring ring = IoUring.create(IoUring.Options.defaults());
                BufferRing buffers = new BufferRing(ring, 1, 64, 64);
                Wakeup wakeup = new Wakeup(ring, 9)) {
            Receiver receiver = new Receiver(buffers, wakeup);
            long memory = Kernel.mmap(4096);
            ring.prepRecvMultishot(fds[0], 1, 1);
            messages(ring, receiver, fds[1], memory, wakeup, WARM_UP / 4);
            long before = threads.getCurrentThreadAllocatedBytes();
            messages(ring, receiver, fds[1], memory, wakeup, MEASURED / 4);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(receiver.bytes).isEqualTo(16L * (WARM_UP / 4 + MEASURED / 4));
            assertAllocatedNothing(allocated, MEASURED / 4);
            Kernel.munmap(memory, 4096);
        }
        assertThat(Kernel.close(fds[0]) + Kernel.close(fds[1])).isZero();
    }

    /// A tenth of a byte an operation: the JVM may allocate a little once, an operation that allocates does so every time.
    private static void assertAllocatedNothing(long bytes, int operations) {
        System.out.println("allocated " + bytes + " bytes in " + operations + " operations");
        assertThat(bytes).isLessThan(operations / 10);
    }

    private static void nops(IoUring ring, Counter counter, int count) {
        for (int i = 0; i < count; i += BATCH) {
            for (int j = 0; j < BATCH; j++) {
                ring.prepNop(j);
            }
            ring.submit();
            ring.reap(counter, BATCH);
        }
    }

    private static void messages(IoUring ring, Receiver receiver, int peer, long memory, Wakeup wakeup, int count) {
        for (int i = 0; i < count; i++) {
            ring.prepSend(peer, memory, 16, IoUring.SEND_ALL, 2);
            if (i % 16 == 0) {
                ring.prepTimeout(Rings.SECOND, 3);
                ring.prepTimeoutRemove(3, 4);
            }
            wakeup.parking();
            wakeup.wake();
            wakeup.unparked();
            long target = receiver.bytes + 16;
            while (receiver.bytes < target) {
                ring.submitAndWait(1, Rings.SECOND);
                ring.reap(receiver, 64);
            }
        }
    }

    private static final class Counter implements CompletionHandler {
        private int completions;

        @Override
        public void complete(long userData, int result, int flags) {
            completions++;
        }
    }

    private static final class Receiver implements CompletionHandler {
        private final BufferRing buffers;
        private final Wakeup wakeup;
        private long bytes;

        Receiver(BufferRing buffers, Wakeup wakeup) {
            this.buffers = buffers;
            this.wakeup = wakeup;
        }

        @Override
        public void complete(long userData, int result, int flags) {
            if (userData == 1) {
                bytes += result;
                buffers.recycle(BufferRing.bufferId(flags));
                buffers.publish();
            } else if (userData == 9) {
                wakeup.onCompletion();
            }
        }
    }
}
