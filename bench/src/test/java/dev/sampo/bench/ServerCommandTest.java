package dev.sampo.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ServerCommandTest {
    @Test
    void redisLine_keepsItsEmptyWord() {
        assertThat(ServerCommand.parse(ServerCommand.REDIS).resolve(7000, "/d", 1, "0")).containsExactly("taskset", "-c", "0",
                "redis-server", "--port", "7000", "--dir", "/d", "--save", "", "--appendonly", "no", "--daemonize", "no");
    }

    @Test
    void lineWithoutPort_getsSamposOptions() {
        assertThat(ServerCommand.parse("java -jar 'my server.jar'").resolve(7000, "/d", 2, "")).containsExactly("java", "-jar",
                "my server.jar", "--port", "7000", "--shards", "2", "--dir", "/d", "--appendonly", "no", "--save", "");
    }

    @Test
    void badLines_areRefused() {
        assertThatThrownBy(() -> ServerCommand.parse(" ")).hasMessageContaining("empty");
        assertThatThrownBy(() -> ServerCommand.parse("a \"b")).hasMessageContaining("quote");
    }
}
