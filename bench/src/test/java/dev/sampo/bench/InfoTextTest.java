package dev.sampo.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class InfoTextTest {
    private static final InfoText INFO = InfoText.parse("""
            # Stats\r
            total_commands_processed:12\r
            redis_version:7.0.15\r
            # Commandstats\r
            cmdstat_get:calls=345,usec=9,usec_per_call=0.03,rejected_calls=0,failed_calls=0\r
            """);

    @Test
    void fields_areReadWithoutLineEnds() {
        assertThat(INFO.number("total_commands_processed")).isEqualTo(12);
        assertThat(INFO.text("redis_version")).isEqualTo("7.0.15");
        assertThat(INFO.text("absent")).isEmpty();
        assertThatThrownBy(() -> INFO.number("absent")).hasMessageContaining("absent");
    }

    @Test
    void calls_areReadWhereTheCommandIsCounted() {
        assertThat(INFO.calls("get")).hasValue(345);
        assertThat(INFO.calls("set")).isEmpty();
    }
}
