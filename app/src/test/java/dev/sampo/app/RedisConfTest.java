package dev.sampo.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RedisConfTest {
    @TempDir
    private Path directory;

    private List<Directive> read(String text) throws IOException {
        Files.writeString(directory.resolve("redis.conf"), text);
        return RedisConf.read("redis.conf", directory);
    }

    @Test
    void split_knowsRedisQuotesAndEscapes() {
        assertThat(RedisConf.split("requirepass foobar")).containsExactly("requirepass", "foobar");
        assertThat(RedisConf.split("  save \t 3600  1 ")).containsExactly("save", "3600", "1");
        assertThat(RedisConf.split("save \"\"")).containsExactly("save", "");
        assertThat(RedisConf.split("requirepass \"a b\\\"c\\n\\x41\\\\ \"")).containsExactly("requirepass", "a b\"c\nA\\ ");
        assertThat(RedisConf.split("requirepass 'a b\\'c\\n'")).containsExactly("requirepass", "a b'c\\n");
        assertThat(RedisConf.split("a # b")).containsExactly("a", "#", "b");
        assertThat(RedisConf.split("\"\\xZZ\"")).containsExactly("xZZ");
    }

    @Test
    void split_withOpenOrGluedQuotes_isRefused() {
        int refused = 0;
        for (String line : List.of("a \"b", "a 'b", "a \"b\"c", "a 'b'c", "a \"b\\", "a \"b\"\"c\"", "x\"y")) {
            assertThat(RedisConf.split(line)).as(line).isNull();
            refused++;
        }
        assertThat(refused).isEqualTo(7);
    }

    @Test
    void read_skipsCommentsAndEmptyLines_andKeepsThePlace() throws IOException {
        final List<Directive> directives = read("# comment\n\n   \nPORT 7000\r\n  dir   /data\n");
        assertThat(directives).containsExactly(
            new Directive("port", List.of("7000"), "redis.conf:4: 'PORT 7000'"),
            new Directive("dir", List.of("/data"), "redis.conf:5: 'dir   /data'"));
    }

    @Test
    void include_takesFilesAndPatternsInOrder() throws IOException {
        Files.createDirectory(directory.resolve("conf.d"));
        Files.writeString(directory.resolve("conf.d/b.conf"), "hz 20\n");
        Files.writeString(directory.resolve("conf.d/a.conf"), "timeout 1\n");
        Files.writeString(directory.resolve("one.conf"), "port 1\n");
        final List<Directive> directives = read("include one.conf\nport 2\ninclude conf.d/*.conf\n");
        assertThat(directives).extracting(Directive::name).containsExactly("port", "port", "timeout", "hz");
        assertThat(directives.getFirst().where()).isEqualTo("one.conf:1: 'port 1'");
    }

    @Test
    void errors_nameFileAndLine() throws IOException {
        assertThatThrownBy(() -> RedisConf.read("missing.conf", directory))
            .hasMessage("missing.conf: no such configuration file");
        assertThatThrownBy(() -> read("port 1\nrequirepass \"abc\n"))
            .hasMessage("redis.conf:2: 'requirepass \"abc': unbalanced quotes");
        assertThatThrownBy(() -> read("include missing.conf\n"))
            .hasMessage("redis.conf:1: 'include missing.conf': no such configuration file");
        assertThatThrownBy(() -> read("include redis.conf\n")).hasMessageContaining("does a file include itself?");
        assertThatThrownBy(() -> read("include\n")).hasMessageContaining("include takes one file");
        Files.write(directory.resolve("binary.conf"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        assertThatThrownBy(() -> RedisConf.read("binary.conf", directory)).hasMessage("binary.conf: not a text file in UTF-8");
        assertThatThrownBy(() -> RedisConf.read(".", directory)).hasMessageStartingWith(".: cannot be read (");
    }
}
