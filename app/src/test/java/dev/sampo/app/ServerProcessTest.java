package dev.sampo.app;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The real program in a process of its own.
class ServerProcessTest {
    private static final Pattern READY = Pattern.compile("Ready to accept connections on .* port (\\d+), 2 shards");

    @TempDir
    private Path directory;

    private Child start(String... flags) throws IOException {
        final Child child = Child.java(directory, Main.class, flags);
        await().atMost(Duration.ofSeconds(40)).until(() -> READY.matcher(child.out()).find() || !child.isAlive());
        return child;
    }

    private static int port(Child child) {
        final Matcher ready = READY.matcher(child.out());
        assertThat(ready.find()).as(child::out).isTrue();
        return Integer.parseInt(ready.group(1));
    }

    @Test
    void server_answers_andDrainsOnSigterm() throws Exception {
        try (Child child = start("--port", "0", "--shards", "2", "--bind", "127.0.0.1")) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port(child))) {
                socket.setSoTimeout(20_000);
                final BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
                final String requests = "SET a 1\r\nINCR a\r\nMSET b 1 c 2 d 3\r\nEXISTS a b c d e\r\n";
                socket.getOutputStream().write(requests.getBytes(US_ASCII));
                assertThat(in.readLine()).isEqualTo("+OK");
                assertThat(in.readLine()).isEqualTo(":2");
                assertThat(in.readLine()).isEqualTo("+OK");
                assertThat(in.readLine()).isEqualTo(":4");
                child.terminate();
                assertThat(in.readLine()).isNull();
            }
            final Child.Result result = child.await();
            assertThat(result.exitCode()).isZero();
            assertThat(result.out()).contains("Stopped").doesNotContain("ERROR", "WARN", "Exception");
            assertThat(result.err()).isEmpty();
        }
    }

    @Test
    void configSet_ofTheLoglevel_takesEffect_andShutdownEndsTheProcess() throws Exception {
        try (Child child = start("--port", "0", "--shards", "2", "--bind", "127.0.0.1")) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port(child))) {
                socket.setSoTimeout(20_000);
                final BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
                socket.getOutputStream().write("CONFIG SET loglevel warning\r\nSHUTDOWN\r\n".getBytes(US_ASCII));
                assertThat(in.readLine()).isEqualTo("+OK");
                assertThat(in.readLine()).isNull();
            }
            final Child.Result result = child.await();
            assertThat(result.exitCode()).isZero();
            assertThat(result.out()).contains("Ready to accept connections").doesNotContain("Stopp");
        }
    }

    @Test
    void busyPort_isOneLineAndExitCodeOne() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
             Child child = start("--port", Integer.toString(taken.getLocalPort()), "--shards", "2", "--bind", "127.0.0.1")) {
            final Child.Result result = child.await();
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.err()).startsWith("sampo: ").hasLineCount(1)
                .contains("127.0.0.1:" + taken.getLocalPort(), "--port");
        }
    }

    @Test
    void unknownAddress_isOneLineAndExitCodeOne() throws Exception {
        try (Child child = start("--port", "0", "--shards", "2", "--bind", "no.such.host.invalid")) {
            final Child.Result result = child.await();
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.err()).startsWith("sampo: ").contains("no.such.host.invalid").hasLineCount(1);
        }
    }
}
