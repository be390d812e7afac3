package dev.sampo.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sampo.app.Configuration.Surroundings;
import dev.sampo.shard.config.ClientClass;
import dev.sampo.shard.config.LogLevel;
import dev.sampo.shard.config.OutputLimit;
import dev.sampo.shard.config.ServerConfig;
import dev.sampo.shard.config.Setting;
import dev.sampo.shard.config.SettingTable;
import dev.sampo.shard.config.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @TempDir
    private Path directory;

    private Configuration resolve(Map<String, String> environment, String... arguments) {
        return Configuration.resolve(CommandLine.parse(arguments), new Surroundings(environment, null, directory, null));
    }

    private ServerConfig flags(String... arguments) {
        return resolve(Map.of(), arguments).config();
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(directory.resolve(file), text);
    }

    @Test
    void sources_laterOnesWin() throws IOException {
        assertThat(flags().port()).isEqualTo(6379);

        write("application.conf", "sampo { port = 7001, timeout = 1, hz = 11, databases = 3 }");
        final Map<String, String> environment = Map.of("SAMPO_TIMEOUT", "2", "SAMPO_HZ", "12", "SAMPO_DATABASES", "4");
        write("redis.conf", "hz 13\ndatabases 5\n");
        final ServerConfig config = resolve(environment, "redis.conf", "--databases", "6").config();
        assertThat(config.port()).isEqualTo(7001);
        assertThat(config.timeoutSeconds()).isEqualTo(2);
        assertThat(config.hz()).isEqualTo(13);
        assertThat(config.databases()).isEqualTo(6);
    }

    @Test
    void flags_asInTheReadme_areUnderstood() {
        final ServerConfig config = flags("--port", "7000", "--dir", "/data", "--shards", "2", "--appendonly", "no", "--save", "",
            "--bind", "127.0.0.1", "::1", "--TRANSPORT", "Stream", "--slowlog-log-slower-than", "-1", "--requirepass",
            "two words",
            "--client-output-buffer-limit", "normal", "1mb", "2mb", "3", "--client-output-buffer-limit", "pubsub", "4", "5", "6");
        assertThat(config.port()).isEqualTo(7000);
        assertThat(config.dir()).hasToString("/data");
        assertThat(config.shards()).isEqualTo(2);
        assertThat(config.bind()).containsExactly("127.0.0.1", "::1");
        assertThat(config.transport()).isEqualTo(Transport.STREAM);
        assertThat(config.slowlogLogSlowerThan()).isEqualTo(-1);
        assertThat(config.requirepass()).isEqualTo("two words");
        assertThat(config.outputLimit(ClientClass.NORMAL)).isEqualTo(new OutputLimit(1 << 20, 2 << 20, 3));
        assertThat(config.outputLimit(ClientClass.PUBSUB)).isEqualTo(new OutputLimit(4, 5, 6));
    }

    @Test
    void everySetting_canBeSetByEverySource() throws IOException {
        int checked = 0;
        for (Setting<?> setting : SettingTable.all()) {
            final String text = ServerConfig.defaults().get(setting.name()).get(setting.name());
            write("application.conf", "sampo { " + setting.name() + " = \"" + text + "\" }");
            write("redis.conf", setting.name() + " \"" + text + "\"\n");
            final Configuration configuration = resolve(Map.of(setting.environmentName(), text), "redis.conf", "--"
                + setting.name(), text);
            assertThat(configuration.config().get("*")).isEqualTo(ServerConfig.defaults().get("*"));
            assertThat(configuration.withoutEffect()).isEmpty();
            checked++;
        }
        assertThat(checked).isGreaterThan(35);
    }

    @Test
    void documentedFile_holdsEverySettingAtItsDefault() throws IOException {
        final List<Directive> directives = HoconFile.read(ROOT.resolve("application.conf"));
        assertThat(directives).extracting(Directive::name)
            .containsExactlyElementsOf(SettingTable.all().stream().map(Setting::name).toList());
        final Configuration configuration = Configuration.resolve(CommandLine.parse(), new Surroundings(Map.of(), null, directory,
            ROOT));
        assertThat(configuration.file()).isEqualTo(ROOT.resolve("application.conf"));
        assertThat(configuration.config().get("*")).isEqualTo(ServerConfig.defaults().get("*"));
        final String text = Files.readString(ROOT.resolve("application.conf"));
        SettingTable.all().forEach(setting -> assertThat(text).contains("# " + setting.doc() + "\n  " + setting.name() + " = "));
    }

    @Test
    void hoconFile_isFoundByProperty_thenHere_thenAtHome() throws IOException {
        final Path home = Files.createDirectory(directory.resolve("home"));
        final Path here = Files.createDirectory(directory.resolve("here"));
        Files.writeString(home.resolve("application.conf"), "sampo.port = 1");
        Files.writeString(directory.resolve("other.conf"), "sampo.port = 3");
        assertThat(port(new Surroundings(Map.of(), null, here, home))).isEqualTo(1);
        Files.writeString(here.resolve("application.conf"), "sampo.port = 2");
        assertThat(port(new Surroundings(Map.of(), null, here, home))).isEqualTo(2);
        assertThat(port(new Surroundings(Map.of(), directory.resolve("other.conf").toString(), here, home))).isEqualTo(3);
        assertThatThrownBy(() -> port(new Surroundings(Map.of(), "missing.conf", here, home)))
            .isInstanceOf(StartFailure.class).hasMessageEndingWith("missing.conf: no such configuration file");
    }

    private static int port(Surroundings surroundings) {
        return Configuration.resolve(CommandLine.parse(), surroundings).config().port();
    }

    @Test
    void hoconTypes_becomeRedisTexts() throws IOException {
        write("application.conf", """
            text = "stre"
            other { x = 1 }
            sampo {
              bind = ["127.0.0.1", "::1"]
              protected-mode = false
              pin-cores = true
              lazyfree-lazy-expire = no
              proto-max-bulk-len = 2mb
              transport = ${text}am
              requirepass = null
              client-output-buffer-limit = [normal, 1, 2, 3]
            }
            sampo.loglevel = warning
            """);
        final ServerConfig config = flags();
        assertThat(config.bind()).containsExactly("127.0.0.1", "::1");
        assertThat(config.protectedMode()).isFalse();
        assertThat(config.pinCores()).isTrue();
        assertThat(config.get("lazyfree-lazy-expire")).containsValue("no");
        assertThat(config.protoMaxBulkLen()).isEqualTo(2 << 20);
        assertThat(config.transport()).isEqualTo(Transport.STREAM);
        assertThat(config.loglevel()).isEqualTo(LogLevel.WARNING);
        assertThat(config.outputLimit(ClientClass.NORMAL)).isEqualTo(new OutputLimit(1, 2, 3));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        sampo.port = 70000              | 1: sampo.port = 70000: argument must be between 0 and 65535 inclusive
        `sampo {\n  hz = 5\n  prot = 1\n}` | 3: sampo.prot = 1: unknown setting 'prot', did you mean 'port'?; --help lists all
        sampo { timeout = [1, 2] }      | 1: sampo.timeout = 1 2: timeout takes one value, not 2 (quote a value with blanks)
        sampo { port { x = 1 } }        | 1: sampo.port: is a section; settings are written flat: sampo.name = value
        sampo = 3                       | 1: sampo: must be a section { ... }
        sampo { timeout = [[1]] }       | 1: sampo.timeout: lists hold texts and numbers only
        """)
    void hoconMistakes_nameFileAndLine(String text, String message) throws IOException {
        write("application.conf", text.replace("\\n", "\n"));
        assertThatThrownBy(this::flags).isInstanceOf(StartFailure.class)
            .hasMessage(directory.resolve("application.conf") + ":" + message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        sampo { port = 1                | application.conf:1: Expecting close brace
        `sampo {\n port = ${nope}\n}`     | application.conf:2: Could not resolve substitution
        other.port = 1                  | application.conf: has no section 'sampo'; settings are written as sampo { port = 6379 }
        sampo { port = }}               | application.conf:1:
        """)
    void hoconSyntaxErrors_areOneLineWithTheFile(String text, String message) throws IOException {
        write("application.conf", text.replace("\\n", "\n"));
        assertThatThrownBy(this::flags).isInstanceOf(StartFailure.class).hasMessageContaining(directory + "/" + message)
            .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        --port                  | --port: port needs a value: integer, 0 to 65535
        --port 7x               | --port 7x: argument couldn't be parsed into an integer
        --port 1 2              | --port 1 2: port takes one value, not 2 (quote a value with blanks)
        --port=7000             | --port=7000: name and value are separate words, write: --port 7000
        --maxclient 5           | --maxclient 5: unknown setting 'maxclient', did you mean 'maxclients'?; --help lists all
        --nonsense 5            | --nonsense 5: unknown setting 'nonsense'; --help lists all
        -p 7000                 | argument '-p': expected a flag such as --port 7000 (--help lists all)
        --appendonly perhaps    | --appendonly perhaps: argument must be 'yes' or 'no'
        --save 60               | --save 60: Invalid save parameters
        --slaveof host 1        | --slaveof host 1: slaveof is not available in this version of Sampo; remove it to start without
        nosuch.conf             | nosuch.conf: no such configuration file
        """)
    void flagMistakes_areTold(String arguments, String message) {
        assertThatThrownBy(() -> flags(arguments.split(" "))).isInstanceOf(StartFailure.class).hasMessage(message);
    }

    @Test
    void environmentMistakes_areTold_butServiceLinksAreNone() {
        assertThatThrownBy(() -> resolve(Map.of("SAMPO_PROT", "1"))).isInstanceOf(StartFailure.class)
            .hasMessageStartingWith("environment variable SAMPO_PROT=1: no setting of this name");
        assertThatThrownBy(() -> resolve(Map.of("SAMPO_PORT", "x"))).isInstanceOf(StartFailure.class)
            .hasMessage("environment variable SAMPO_PORT=x: argument couldn't be parsed into an integer");
        final Map<String, String> links = Map.of("SAMPO_PORT", "tcp://10.0.0.1:6379", "SAMPO_SERVICE_HOST", "10.0.0.1",
            "SAMPO_PORT_6379_TCP_ADDR", "10.0.0.1", "SAMPO_JAVA_OPTS", "-Xmx1g", "SAMPO_HOME", "/opt/sampo", "OTHER", "1");
        assertThat(resolve(links).config().port()).isEqualTo(6379);
    }

    @Test
    void redisFile_mayHoldWhatHasNoMeaningHere_butNotWhatIsReliedOn() throws IOException {
        write("redis.conf", "daemonize yes\nport 7005\nrdb-del-sync-files no\nreplicaof no one\ntls-port 0\n");
        final Configuration configuration = resolve(Map.of(), "redis.conf");
        assertThat(configuration.config().port()).isEqualTo(7005);
        assertThat(configuration.withoutEffect()).containsExactly("daemonize", "rdb-del-sync-files", "replicaof", "tls-port");

        int refused = 0;
        for (String line : List.of("user alice on", "rename-command FLUSHALL \"\"", "aclfile users.acl", "tls-port 6380",
                "cluster-enabled yes", "replicaof 10.0.0.1 6379", "min-replicas-to-write 1", "unixsocket /tmp/s",
                "loadmodule m.so", "appendonly perhaps", "save 60", "maxmemory lots", "foo bar")) {
            write("redis.conf", line + "\n");
            assertThatThrownBy(() -> resolve(Map.of(), "redis.conf")).isInstanceOf(StartFailure.class)
                .hasMessageStartingWith("redis.conf:1: '" + line + "': ");
            refused++;
        }
        assertThat(refused).isEqualTo(13);
    }

    @Test
    void redisNames_areEitherOursOrPassedOver() {
        final List<String> both = new ArrayList<>(RedisOnly.names());
        assertThat(both).hasSizeGreaterThan(100).doesNotHaveDuplicates();
        both.removeIf(name -> SettingTable.find(name) == null);
        assertThat(both).isEmpty();
    }

    @Test
    void commandLine_answersQuestionsFirst() {
        assertThat(CommandLine.parse("--port", "x", "--help").ask()).isEqualTo(CommandLine.Ask.HELP);
        assertThat(CommandLine.parse("-v").ask()).isEqualTo(CommandLine.Ask.VERSION);
        assertThat(Help.usage()).contains("--port (default 6379)").contains("--save (default \"\")");
    }
}
