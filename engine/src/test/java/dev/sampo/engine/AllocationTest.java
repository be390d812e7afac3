package dev.sampo.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sampo.engine.command.CommandSpec;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.memory.Reclaimer;
import dev.sampo.resp.Args;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The hot commands leave nothing for the collector, from the name's bytes to the reply's bytes.
class AllocationTest {
    private static final int WARM_UP = 60_000;
    private static final int OPERATIONS = 100_000;
    /// Less than one small object in a hundred operations, which is what the JVM itself may add.
    private static final long NOISE_BYTES_MAX = 16_384;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final class Client extends Session {
        Client() {
            super(1);
        }
    }

    private final CommandTable table = CommandTable.engine().build();
    private final Shard[] shards = {shard(0), shard(1)};
    private final CommandContext context =
        new CommandContext(table, shards, KeyspaceEvents.NONE, new SimRng(1), FaultLog.NONE);
    private final FixtureOutput out = new FixtureOutput();

    private static Shard shard(int index) {
        return new Shard(index, 16, Settings.DEFAULT, EffectLog.NONE, Reclaimer.INLINE);
    }

    private void run(Args a, boolean spread) {
        out.buffer.clear();
        CommandSpec spec = table.find(a);
        if (spread) {
            context.spread(3);
        } else {
            context.single(shards[0]);
        }
        context.run(spec, a, out.writer);
    }

    private long allocatedBy(Args a, boolean spread) {
        for (int i = 0; i < WARM_UP; i++) {
            run(a, spread);
        }
        long least = Long.MAX_VALUE;
        // Until the optimising compiler has come round to the code, which a busy machine delays, even code that allocates nothing allocates.
        for (int round = 0; round < 30 && least > 0; round++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < OPERATIONS; i++) {
                run(a, spread);
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    @Test
    void hotCommands_allocateNothing() {
        context.session(new Client());
        context.now(1_700_000_000_000L);
        List<EngineFixture.Request> requests = new ArrayList<>();
        int measured = 0;
        for (String line : new String[] {"SET k value", "SET n 10", "SET k value EX 100", "GET k", "GET n", "GET nosuch",
            "INCR n", "INCRBY n 5", "MSET a 1 b 22222222 c three", "MGET a b c nosuch", "EXISTS a b nosuch",
            "EXPIRE a 100", "TTL a",
            "PTTL nosuch", "DEL nosuch a", "SETNX k 1", "STRLEN k", "GETRANGE k 1 2", "TYPE k", "APPEND k \"\"",
            "SETRANGE k 0 x", "GETSET k value", "PERSIST nosuch", "TOUCH k",
            "HSET h f v g 10", "HGET h f", "HMGET h f nosuch", "HINCRBY h n 1", "HDEL h nosuch", "SETBIT bits 700 1",
            "BITCOUNT bits", "PFADD pf element"}) {
            var request = new EngineFixture.Request(EngineFixture.words(line).toArray(byte[][]::new));
            requests.add(request);
            for (boolean spread : new boolean[] {false, true}) {
                assertThat(allocatedBy(request.args, spread)).as(line + " spread " + spread).isLessThan(NOISE_BYTES_MAX);
                measured++;
            }
        }
        assertThat(measured).isEqualTo(64);
        assertThat(out.reply().toString().getBytes(US_ASCII)).isNotEmpty();
        requests.forEach(EngineFixture.Request::close);
        out.close();
        context.close();
        shards[0].close();
        shards[1].close();
    }
}
