package dev.sampo.shard;

import dev.sampo.resp.Reply;
import dev.sampo.resp.ReplyReader;
import java.io.BufferedInputStream;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.TimeUnit;

/// A redis-server on a free loopback port for the length of a test, with one connection at a time.
final class RedisProcess implements AutoCloseable {
    private static final String BINARY = "redis-server";
    private static final int REPLY_MILLIS_MAX = 10_000;

    private final Process process;
    private final int port;
    private Socket socket;
    private ReplyReader reader;

    private RedisProcess(Process process, int port) {
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

    static RedisProcess start() throws IOException, InterruptedException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Process process = new ProcessBuilder(BINARY, "--port", Integer.toString(port), "--bind", "127.0.0.1", "--save", "",
            "--appendonly", "no", "--daemonize", "no",
            "--enable-debug-command", "yes").redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        RedisProcess redis = new RedisProcess(process, port);
        for (int i = 0; i < 200 && process.isAlive(); i++) {
            try {
                redis.connect();
                return redis;
            } catch (IOException _) {
                process.waitFor(20, TimeUnit.MILLISECONDS);
            }
        }
        process.destroy();
        throw new IllegalStateException(BINARY + " did not start on port " + port);
    }

    /// A fresh connection in place of the one before.
    void connect() throws IOException {
        disconnect();
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(REPLY_MILLIS_MAX);
        reader = new ReplyReader(new BufferedInputStream(socket.getInputStream()));
    }

    /// Runs a line of words as [CoreFixture#words(String)] reads it.
    Reply call(String line) throws IOException {
        socket.getOutputStream().write(CoreFixture.request(line));
        return reader.read();
    }

    private void disconnect() throws IOException {
        if (socket != null) {
            socket.close();
        }
    }

    @Override
    public void close() throws IOException {
        disconnect();
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
}
