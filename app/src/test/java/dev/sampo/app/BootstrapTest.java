package dev.sampo.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The process as the operator sees it: lines and exit codes. Each test runs the program in a process of its own.
class BootstrapTest {
    @TempDir
    private Path directory;

    private Child.Result run(String... arguments) throws IOException, InterruptedException {
        try (Child child = Child.java(directory, FakeServer.class, arguments)) {
            return child.await();
        }
    }

    private Child ready(String... arguments) throws IOException {
        final Child child = Child.java(directory, FakeServer.class, arguments);
        await().atMost(Duration.ofSeconds(30)).until(() -> child.out().contains("Ready to accept connections")
            || !child.isAlive());
        return child;
    }

    @Test
    void help_andVersion_answerAndExitWithZero() throws Exception {
        final Child.Result help = run("--help");
        assertThat(help.exitCode()).isZero();
        assertThat(help.out()).startsWith("Usage: sampo").contains("--maxclients (default 10000)");
        assertThat(help.err()).isEmpty();
        final Child.Result version = run("-v");
        assertThat(version.exitCode()).isZero();
        assertThat(version.out()).matches("Sampo \\d+\\.\\d+\\.\\d+(-SNAPSHOT)? \\(Java 25.*\\)\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        --port 70000        | sampo: --port 70000: argument must be between 0 and 65535 inclusive
        --bogus 1           | sampo: --bogus 1: unknown setting 'bogus'; --help lists all
        nosuch.conf         | sampo: nosuch.conf: no such configuration file
        bad.conf            | sampo: bad.conf:2: 'port "1': unbalanced quotes
        --dir /no/such/dir  | sampo: dir /no/such/dir: no such directory; create it or choose another with --dir
        --timeout 4         | sampo: cannot listen on that port
        """)
    void everyFailedStart_isOneLineAndExitCodeOne(String arguments, String line) throws Exception {
        Files.writeString(directory.resolve("bad.conf"), "# two lines\nport \"1\n");
        final Child.Result result = run(arguments.split(" "));
        assertThat(result.err()).isEqualTo(line + "\n");
        assertThat(result.exitCode()).isEqualTo(1);
    }

    @Test
    void bugDuringTheStart_isNamedWithItsTrace_andExitCodeOne() throws Exception {
        final Child.Result result = run("--timeout", "6");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err())
            .startsWith("sampo: internal error, please report it: java.lang.IllegalStateException: impossible\n")
            .contains("at dev.sampo.app.FakeServer.start");
    }

    @Test
    void badHocon_isOneLineAndExitCodeOne() throws Exception {
        Files.writeString(directory.resolve("application.conf"), "sampo {\n  port = 1\n  port = = 2\n}\n");
        final Child.Result result = run();
        assertThat(result.err()).startsWith("sampo: application.conf:3: ").endsWith("\n").hasLineCount(1);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
    }

    @Test
    void start_tellsWhatRunsHere_andSigtermEndsWithZero() throws Exception {
        Files.writeString(directory.resolve("redis.conf"), "daemonize no\nport 7123\nbind 10.1.2.3\n");
        try (Child child = ready("redis.conf", "--shards", "2", "--timeout", "0")) {
            child.terminate();
            final Child.Result result = child.await();
            assertThat(result.exitCode()).isZero();
            assertThat(result.err()).isEmpty();
            assertThat(result.out()).containsPattern("INFO  sampo - Sampo \\S+, pid \\d+, Java 25\\S*, .* cores, heap up to \\S+")
                .contains("No application.conf", "Without effect here: daemonize", "Transport fake: this is a test",
                    "Ready to accept connections on 10.1.2.3 port 7123, 2 shards, started in ", "Stopping: ", "Stopped");
        }
    }

    @Test
    void sigterm_duringTheStart_endsWithZero() throws Exception {
        try (Child child = Child.java(directory, FakeServer.class, "--timeout", "5")) {
            await().atMost(Duration.ofSeconds(30)).until(() -> child.out().contains("starting\n") || !child.isAlive());
            child.terminate();
            final Child.Result result = child.await();
            assertThat(result.exitCode()).isZero();
            assertThat(result.out()).contains("Stopped before the start was finished");
        }
    }

    @Test
    void shutdownCommand_endsWithZero() throws Exception {
        try (Child child = ready("--timeout", "2")) {
            final Child.Result result = child.await();
            assertThat(result.exitCode()).isZero();
            assertThat(result.out()).contains("Stopped");
        }
    }

    @Test
    void failedStop_endsWithOne() throws Exception {
        try (Child child = ready("--timeout", "1")) {
            child.terminate();
            final Child.Result result = child.await();
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.out()).contains("Failed while stopping", "stuck").doesNotContain("Stopped");
        }
    }

    @Test
    void endlessStop_isGivenUp() throws Exception {
        try (Child child = ready("--timeout", "3", "--shutdown-timeout", "0")) {
            child.terminate();
            final Child.Result result = child.await();
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.out()).contains("Did not stop within 5 s, giving up");
        }
    }

    @Test
    void loglevelWarning_keepsTheStartQuiet() throws Exception {
        try (Child child = Child.java(directory, FakeServer.class, "--loglevel", "warning", "--timeout", "2")) {
            final Child.Result result = child.await();
            assertThat(result.exitCode()).isZero();
            assertThat(result.out()).isEmpty();
        }
    }
}
