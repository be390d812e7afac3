package dev.sampo.resp;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A redis-server on a free loopback port for the length of a test.
final class RedisServer implements AutoCloseable {
    private static final String BINARY = "redis-server";
    private static final int START_ATTEMPTS = 5;
    private static final int REPLY_MILLIS_MAX = 10_000;

    private final Process process;
    private final int port;

    private RedisServer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    static boolean isInstalled() {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
            if (new File(directory, BINARY).canExecute()) {
                return true;
            }
        }
        return false;
    }

    static RedisServer start(String... options) throws IOException, InterruptedException {
        for (int attempt = 0; attempt < START_ATTEMPTS; attempt++) {
            RedisServer server = tryStart(freePort(), options);
            if (server != null) {
                return server;
            }
        }
        throw new IllegalStateException("redis-server did not start in " + START_ATTEMPTS + " attempts");
    }

    private static RedisServer tryStart(int port, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(BINARY, "--port", Integer.toString(port), "--bind", "127.0.0.1",
            "--save", "", "--appendonly", "no", "--daemonize", "no"));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command).redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        RedisServer server = new RedisServer(process, port);
        for (int i = 0; i < 200 && process.isAlive(); i++) {
            if (server.answers()) {
                return server;
            }
            process.waitFor(20, TimeUnit.MILLISECONDS);
        }
        server.close();
        return null;
    }

    /// Whether our own process answers; another server may have taken the port, and ours given up.
    private boolean answers() {
        try {
            return !exchange("PING\r\n".getBytes(StandardCharsets.US_ASCII)).isEmpty() && process.isAlive();
        } catch (IOException _) {
            return false;
        }
    }

    /// Sends the bytes, closes this side, and returns all replies up to the end of the other.
    List<Reply> exchange(byte[] request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(REPLY_MILLIS_MAX);
            try {
                socket.getOutputStream().write(request);
                socket.shutdownOutput();
            } catch (IOException _) {
                // The server may close at an error before it has read everything; its reply is what counts.
            }
            return new ArrayList<>(ReplyReader.decodeAll(socket.getInputStream().readAllBytes()));
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
