package dev.sampo.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Runs the server once over loopback on a free port, as a start and its first clients would, so that the JVM can write down
/// which classes were loaded and which methods were hot (`-XX:AOTCacheOutput`). Ends by itself.
public final class AotTraining {
    private static final int LIMIT_SECONDS = 20;
    private static final int ROUNDS = 200;
    private static final String[] LOOP = {"SET key:1 value", "GET key:1", "INCR counter", "MSET a 1 b 2", "MGET a b", "DEL a b"};
    private static final String[] ONCE = {"PING", "HELLO 3", "CLIENT SETNAME training", "CLIENT SETINFO LIB-NAME training",
        "CLIENT ID",
        "COMMAND COUNT", "COMMAND DOCS GET", "CONFIG GET *", "INFO", "SELECT 1", "SELECT 0", "EXPIRE key:1 100", "TTL key:1",
        "SCAN 0", "EXISTS key:1 nosuch", "MULTI", "SET key:1 x", "EXEC", "SUBSCRIBE channel", "UNSUBSCRIBE channel",
        "PUBLISH channel x", "NOSUCHCOMMAND", "GET", "DBSIZE", "FLUSHALL"};
    private static final String[] LAST = {"SET key:1 training-done", "GET key:1"};

    private AotTraining() {}

    public static void main(String[] arguments) {
        Thread.ofPlatform().daemon().name("training-limit").start(AotTraining::giveUpLater);
        final String home = System.getProperty("sampo.home");
        final Configuration.Surroundings surroundings =
            new Configuration.Surroundings(Map.of(), null, Path.of(""), home == null ? null : Path.of(home));
        final String[] flags = {"--port", "0", "--bind", "127.0.0.1", "--requirepass", "", "--dir",
            System.getProperty("java.io.tmpdir")};
        System.exit(Bootstrap.run(flags, surroundings, config -> {
            final RunningNode node = RealNode.start(config);
            new Thread(() -> talkAndExit(node.port()), "training-client").start();
            return node;
        }, System.out, System.err));
    }

    private static void giveUpLater() {
        try {
            TimeUnit.SECONDS.sleep(LIMIT_SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(1);
    }

    private static void talkAndExit(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(LIMIT_SECONDS));
            final OutputStream out = socket.getOutputStream();
            for (int i = 0; i < ROUNDS; i++) {
                out.write(requests(LOOP));
                out.flush();
            }
            out.write(requests(ONCE));
            out.write(requests(LAST));
            out.flush();
            readUntil(socket.getInputStream(), "training-done\r\n");
        } catch (IOException e) {
            System.err.println("training failed: " + e);
            Runtime.getRuntime().halt(1);
        }
        System.exit(0);
    }

    private static byte[] requests(String... commands) {
        final StringBuilder out = new StringBuilder();
        for (String command : commands) {
            final String[] words = command.split(" ");
            out.append('*').append(words.length).append("\r\n");
            for (String word : words) {
                out.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
            }
        }
        return out.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static void readUntil(InputStream in, String end) throws IOException {
        final StringBuilder tail = new StringBuilder();
        final byte[] buffer = new byte[1 << 16];
        while (tail.length() < end.length() || tail.indexOf(end) < 0) {
            final int count = in.read(buffer);
            if (count < 0) {
                throw new IOException("the server closed the connection");
            }
            tail.append(new String(buffer, 0, count, StandardCharsets.ISO_8859_1));
            tail.delete(0, Math.max(0, tail.length() - (1 << 16)));
        }
    }
}
