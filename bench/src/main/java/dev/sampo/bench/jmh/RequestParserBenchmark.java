package dev.sampo.bench.jmh;

import dev.sampo.resp.Args;
import dev.sampo.resp.OffHeap;
import dev.sampo.resp.RequestParser;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Parsing a pipeline of 16 whole requests, per request.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
public class RequestParserBenchmark {
    private static final int PIPELINE = 16;

    @Param({"GET", "SET", "MSET", "INLINE"})
    public String kind;

    private final RequestParser parser = new RequestParser();
    private final Args args = new Args();
    private long input;
    private int length;

    @Setup
    public void fill() {
        String key = "$16\r\nkey:000000123456\r\n";
        String value = "$64\r\n" + "v".repeat(64) + "\r\n";
        String request = switch (kind) {
            case "GET" -> "*2\r\n$3\r\nGET\r\n" + key;
            case "SET" -> "*3\r\n$3\r\nSET\r\n" + key + value;
            case "MSET" -> "*21\r\n$4\r\nMSET\r\n" + (key + value).repeat(10);
            case "INLINE" -> "GET key:000000123456\r\n";
            default -> throw new IllegalArgumentException(kind);
        };
        byte[] bytes = request.repeat(PIPELINE).getBytes(StandardCharsets.ISO_8859_1);
        length = bytes.length;
        input = OffHeap.allocate(length);
        OffHeap.copyFrom(bytes, 0, input, length);
    }

    @TearDown
    public void free() {
        OffHeap.free(input, length);
        args.close();
        parser.close();
    }

    @Benchmark
    @OperationsPerInvocation(PIPELINE)
    public int parse() {
        args.clear();
        long at = input;
        long end = input + length;
        while (at < end) {
            if (parser.parse(at, end - at, args) != RequestParser.COMPLETE) {
                throw new IllegalStateException("request at " + (at - input));
            }
            at += parser.consumed();
        }
        return args.size();
    }
}
