package dev.sampo.testkit;

import dev.sampo.resp.Reply;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/// Sends streams of bytes that are no proper requests: pure chance, mutated requests, truncated requests. Whatever the server
/// answers, it must live and answer PING to a fresh connection.
public final class RandomBytes {
    private static final String USAGE =
            "RandomBytes --server redis|sampo|<port> --shards N --transport uring|stream --streams N --seed N --threads N ";
    /// After so many streams on one connection, which a good part ends with a protocol error, a fresh one answers PING.
    private static final int STREAMS_PER_CONNECTION = 8;

    private RandomBytes() {
    }

    /// @param pings fresh connections that answered PING
    public record Result(long streams, long bytes, long pings, List<String> failures) {
        @Override
        public String toString() {
            return streams + " streams, " + bytes + " bytes, " + pings + " fresh PINGs, " + failures.size() + " failures"
                    + (failures.isEmpty() ? "" : "\n" + String.join("\n", failures));
        }
    }

    /// @param args see the usage text
    public static void main(String[] args) {
        final Options options = new Options(USAGE, args);
        try (ServerUnderTest server = options.server("server", "redis")) {
            final Result result =
                    run(server, options.number("streams", 1_000_000), options.large("seed", 1), options.number("threads", 2));
            System.out.println(server.name() + ": " + result);
            System.exit(result.failures.isEmpty() && result.pings > 0 ? 0 : 1);
        }
    }

    /// @param streams in all, shared by the threads
    public static Result run(ServerUnderTest server, int streams, long seed, int threads) {
        final AtomicLong sent = new AtomicLong();
        final AtomicLong bytes = new AtomicLong();
        final AtomicLong pings = new AtomicLong();
        final List<String> failures = Collections.synchronizedList(new ArrayList<>());
        final List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            final SplittableRandom random = new SplittableRandom(seed * 31 + i);
            final long stop = (long) streams * (i + 1) / threads - (long) streams * i / threads;
            workers.add(Thread.ofPlatform().start(() -> {
                for (long done = 0; done < stop && failures.isEmpty();) {
                    done += connection(server, random, bytes, pings, failures);
                    sent.addAndGet(STREAMS_PER_CONNECTION);
                }
            }));
        }
        for (Thread worker : workers) {
            try {
                worker.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException("interrupted", e);
            }
        }
        return new Result(sent.get(), bytes.get(), pings.get(), failures);
    }

    private static int connection(ServerUnderTest server, SplittableRandom random, AtomicLong bytes, AtomicLong pings,
            List<String> failures) {
        byte[] last = {};
        try (RespClient fresh = RespClient.connect(server)) {
            if (!fresh.call("PING").equals(new Reply.Simple("PONG"))) {
                failures.add("a fresh connection does not answer PING with PONG");
            }
            pings.incrementAndGet();
            try {
                for (int i = 0; i < STREAMS_PER_CONNECTION; i++) {
                    last = stream(random);
                    bytes.addAndGet(last.length);
                    fresh.sendRaw(last);
                }
            } catch (UncheckedIOException _) {
                // Closed for what was sent before: that is a right answer.
            }
            // A reset may drop what the server has not read yet; a proper end leaves a port waiting: most end by reset.
            if (random.nextInt(16) != 0) {
                fresh.abort();
            } else if (!fresh.finish()) {
                failures.add("not closed after the client's end; last sent " + Quoting.quote(last));
            }
        } catch (UncheckedIOException e) {
            failures.add(e.getMessage() + ": no PONG on a fresh connection; before that " + Quoting.quote(last) + "\n"
                    + server.output());
        }
        return STREAMS_PER_CONNECTION;
    }

    /// One stream of bytes.
    static byte[] stream(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> chance(random);
            case 1 -> mutated(random, request(random));
            case 2 -> truncated(random, request(random));
            default -> framed(random);
        };
    }

    private static byte[] chance(SplittableRandom random) {
        final byte[] bytes = new byte[1 << random.nextInt(1, 12)];
        random.nextBytes(bytes);
        return bytes;
    }

    /// Some commands, but no random choice with a negative count: one more digit, and Redis builds a reply larger than the machine.
    private static byte[] request(SplittableRandom random) {
        final CommandGrammar grammar = new CommandGrammar(random);
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            byte[][] command;
            do {
                command = grammar.command().toArray(byte[][]::new);
            } while (new String(command[0], StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT).contains("RAND"));
            RespClient.encode(bytes, command);
        }
        return bytes.toByteArray();
    }

    private static byte[] mutated(SplittableRandom random, byte[] request) {
        for (int i = random.nextInt(1, 6); i > 0; i--) {
            final int at = random.nextInt(request.length);
            request[at] = switch (random.nextInt(4)) {
                case 0 -> (byte) random.nextInt(256);
                case 1 -> (byte) ('0' + random.nextInt(10));
                case 2 -> (byte) "\r\n*$-+:\"' "
                        .charAt(random.nextInt(10));
                default -> (byte) (request[at] ^ 1 << random.nextInt(8));
            };
        }
        return request;
    }

    private static byte[] truncated(SplittableRandom random, byte[] request) {
        return java.util.Arrays.copyOf(request, random.nextInt(request.length));
    }

    /// Tokens of the protocol in no good order, with numbers at the limits.
    private static byte[] framed(SplittableRandom random) {
        final String[] tokens = {"*", "$", "\r\n", "\n", "\r", "-1", "0", "1", "3", "536870912", "536870913", "2147483647",
                "2147483648", "1048576", "1048577", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
                "PING", "SET", "k", "\"", "'", "\\x", " ", "\0", "\t", "+OK\r\n", ":1\r\n", "%1\r\n", "~1\r\n",
                "*1\r\n$4\r\nPING\r\n", "*2\r\n$3\r\nGET\r\n$1\r\n", "_\r\n"};
        final StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(1, 20); i > 0; i--) {
            text.append(tokens[random.nextInt(tokens.length)]);
        }
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
