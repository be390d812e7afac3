package dev.sampo.bench.jmh;

import dev.sampo.engine.command.CommandSpec;
import dev.sampo.engine.command.CommandTable;
import dev.sampo.engine.command.KeySpec;
import dev.sampo.resp.OffHeap;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Finding the row of a command by its bytes, over a mixture of common names in both cases, per lookup.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
public class CommandTableBenchmark {
    private static final String[] NAMES = """
            append bitcount bitop bitpos blpop brpop copy dbsize decr decrby del dump echo exists expire expireat expiretime
            flushall flushdb get getbit getdel getex getrange getset hdel hexists hget hgetall hincrby hkeys hlen hmget hscan
            hset hsetnx hvals incr incrby incrbyfloat keys lcs lindex linsert llen lmove lpop lpos lpush lrange lrem lset ltrim
            mget move mset msetnx persist pexpire pexpireat ping psetex pttl publish randomkey rename renamenx restore rpop
            rpush sadd scan scard sdiff set setbit setex setnx setrange sinter sismember smembers smove spop srandmember srem
            sscan strlen subscribe sunion swapdb time touch ttl type unlink unsubscribe wait xadd xlen xrange xread zadd zcard
            zcount zincrby zpopmax zpopmin zrange zrank zrem zscan zscore""".split("\\s+");
    private static final String[] ASKED = {"GET", "set", "INCR", "MSET", "hset", "ZADD", "LPUSH", "ping"};
    private static final int LOOKUPS = 8;

    private final long[] addresses = new long[LOOKUPS];
    private CommandTable table;

    @Setup
    public void build() {
        CommandTable.Builder builder = CommandTable.builder();
        for (String name : NAMES) {
            builder.add(name, -1, 0, 0, KeySpec.NONE, (context, args, reply) -> { });
        }
        table = builder.build();
        for (int i = 0; i < LOOKUPS; i++) {
            byte[] bytes = ASKED[i].getBytes(StandardCharsets.ISO_8859_1);
            addresses[i] = OffHeap.allocate(bytes.length);
            OffHeap.copyFrom(bytes, 0, addresses[i], bytes.length);
        }
    }

    @TearDown
    public void free() {
        for (int i = 0; i < LOOKUPS; i++) {
            OffHeap.free(addresses[i], ASKED[i].length());
        }
    }

    @Benchmark
    @OperationsPerInvocation(LOOKUPS)
    public int find() {
        int ids = 0;
        for (int i = 0; i < LOOKUPS; i++) {
            CommandSpec spec = table.find(addresses[i], ASKED[i].length());
            ids += spec.id();
        }
        return ids;
    }
}
