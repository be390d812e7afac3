package dev.sampo.app;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `sampo check` as operators call it.
class CheckCommandTest {
    private static final Pattern READY = Pattern.compile("Ready to accept connections on .* port (\\d+), 2 shards");
    private static final String SET = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";

    @TempDir
    private Path directory;

    private Child.Result program(String... arguments) throws Exception {
        try (Child child = Child.java(directory, Main.class, arguments)) {
            return child.await();
        }
    }

    /// Runs it in this process.
    private static Child.Result check(Object... arguments) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        List<String> words = Stream.of(arguments).map(Object::toString).toList();
        int code = CheckCommand.run(words, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
        return new Child.Result(code, out.toString(UTF_8), err.toString(UTF_8));
    }

    /// What a server answers with these files.
    private List<String> serve(String... requests) throws Exception {
        try (Child child = Child.java(directory, Main.class, "--port", "0", "--shards", "2", "--bind", "127.0.0.1", "--appendonly", "yes",
            "--aof-load-truncated", "no")) {
            await().atMost(Duration.ofSeconds(40)).until(() -> READY.matcher(child.out()).find() || !child.isAlive());
            Matcher ready = READY.matcher(child.out());
            assertThat(ready.find()).as(child::out).isTrue();
            List<String> answers = new ArrayList<>();
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(ready.group(1)))) {
                socket.setSoTimeout(20_000);
                BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
                for (String request : requests) {
                    socket.getOutputStream().write((request + "\r\n").getBytes(US_ASCII));
                    answers.add(in.readLine());
                }
            }
            if (requests.length > 1) {
                assertThat(check(directory.resolve("appendonlydir")).err()).contains("in use by a server that runs; stop it first");
            }
            child.terminate();
            assertThat(child.await().exitCode()).isZero();
            return answers;
        }
    }

    @Test
    void damagedLog_isFoundAndRepaired_andStartsAgain() throws Exception {
        assertThat(serve("SET a 1", "SET b 2", "MSET a 3 b 4 c 5 d 6", "SET a 7", "SET b 8")).containsOnly("+OK");
        Path log = directory.resolve("appendonlydir");
        assertThat(program("check", log.toString()).exitCode()).isZero();
        Path file = log.resolve("log.1.0.aof");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() - 1);
        }
        Child.Result found = program("check", directory.toString());
        assertThat(found.exitCode()).isEqualTo(CheckCommand.DAMAGED);
        assertThat(found.out()).contains("appendonlydir is an append-only log of Sampo", file + ": ", "DAMAGED at byte ",
            "the file ends in record", "a repair cuts it at byte", "\ndamaged\n");
        assertThat(found.err()).isEmpty();
        Child.Result repaired = program("check", "--repair", directory.toString());
        assertThat(repaired.out()).contains("repaired: " + file + ": cut at byte", "are kept in log.1.0.aof.cut-", "\nsound\n");
        assertThat(repaired.exitCode()).isZero();
        assertThat(serve("GET c").getFirst()).isEqualTo("$1");
        assertThat(check(log).exitCode()).isZero();
    }

    @Test
    void nonsense_isAnsweredWithTwo() throws Exception {
        assertThat(program("check", "--nosuch", "x").exitCode()).isEqualTo(CheckCommand.FAILED);
        assertThat(check().err()).isEqualTo("sampo check: which file or directory? (--help tells more)\n");
        assertThat(check("--nosuch", "x").err()).contains("argument '--nosuch'");
        assertThat(check("x", "--convert").err()).contains("--convert takes one target");
        assertThat(check(directory.resolve("nosuch")).err()).contains("no such file or directory").doesNotContain("Exception");
        assertThat(check(directory).err()).contains("there is no RDB file nor an append-only log in it");
        assertThat(check(directory).exitCode()).isEqualTo(CheckCommand.FAILED);
        Files.writeString(directory.resolve("a.aof"), SET);
        Files.writeString(directory.resolve("b.aof"), SET);
        assertThat(check(directory, "--convert", directory.resolve("c.rdb")).err()).contains("several things to convert", "a.aof", "b.aof");
    }

    @Test
    void help_isPrinted() {
        assertThat(check("--help").exitCode()).isZero();
        assertThat(check("--help").out()).contains("Usage: sampo check", "--repair", "--convert", "Exit code: 0 sound");
        assertThat(check("--help").out().lines()).allMatch(line -> line.length() <= 130);
        assertThat(Help.usage()).contains("sampo check");
    }

    @Test
    void dataOfRedis_areCheckedRepairedAndConverted() throws IOException {
        Path file = directory.resolve("appendonly.aof");
        Path target = directory.resolve("all.rdb");
        Files.writeString(file, SET + SET.substring(0, 20));
        Child.Result damaged = check(file, "--convert", target);
        assertThat(damaged.exitCode()).isEqualTo(CheckCommand.DAMAGED);
        assertThat(damaged.out()).contains("DAMAGED at byte 27: the file ends in a command", "20 bytes go", "not converted");
        assertThat(target).doesNotExist();
        assertThat(file).content().isEqualTo(SET + SET.substring(0, 20));
        Child.Result converted = check("--repair", "--convert", target, file);
        assertThat(converted.out()).contains("cut at byte 27; the 20 bytes behind it are kept in appendonly.aof.cut-27", "\nsound\n",
            "converted: 1 keys to " + target);
        assertThat(converted.exitCode()).isZero();
        assertThat(directory.resolve("appendonly.aof.cut-27")).content().isEqualTo(SET.substring(0, 20));
        assertThat(check(target).out()).contains("is an RDB file", "snapshot of 1 keys", "sound");
        assertThat(check("--convert", target, file).err()).contains("exists already");
        Files.write(target, new byte[10]);
        Child.Result refused = check("--repair", target);
        assertThat(refused.out()).contains("cannot be repaired: restore a copy", "not repaired");
        assertThat(refused.exitCode()).isEqualTo(CheckCommand.DAMAGED);
        // The commands are there, and the data refuse them.
        Files.writeString(file, SET + "*3\r\n$5\r\nLPUSH\r\n$1\r\na\r\n$1\r\n1\r\n");
        Child.Result impossible = check("--convert", directory.resolve("b.rdb"), file);
        assertThat(impossible.exitCode()).isEqualTo(CheckCommand.DAMAGED);
        assertThat(impossible.out()).contains("not converted: " + file + ", byte 27: ", "WRONGTYPE");
    }
}
