package dev.sampo.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sampo.bench.RequestTemplate.Field;
import dev.sampo.bench.RequestTemplate.Source;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RequestTemplateTest {
    @Test
    void plainWords_becomeAnArrayOfBulkStrings() {
        RequestTemplate template = RequestTemplate.compile("LRANGE bench 0 99", 16);
        assertThat(text(template)).isEqualTo("*4\r\n$6\r\nLRANGE\r\n$5\r\nbench\r\n$1\r\n0\r\n$2\r\n99\r\n");
        assertThat(template.fields()).isEmpty();
    }

    @Test
    void placeholders_becomeZerosWithTheirPlaces() {
        RequestTemplate template = RequestTemplate.compile("SET key:{key} {value:s}", 16);
        String expected = "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000000\r\n$16\r\n000000000000ssss\r\n";
        assertThat(text(template)).isEqualTo(expected);
        assertThat(template.fields()).containsExactly(new Field(expected.indexOf("key:") + 4, Source.KEY),
                new Field(expected.indexOf("0000ssss") - 8, Source.SAME));
    }

    @Test
    void allSources_areKnown() {
        RequestTemplate template = RequestTemplate.compile("X {key} {member} {counter} {seq} {same}{same}", 16);
        assertThat(template.fields()).extracting(Field::source).containsExactly(Source.KEY, Source.MEMBER, Source.COUNTER,
                Source.SEQUENCE, Source.SAME, Source.SAME);
        assertThat(text(template)).endsWith("$24\r\n000000000000000000000000\r\n");
    }

    @Test
    void unknownPlaceholder_isRefused() {
        assertThatThrownBy(() -> RequestTemplate.compile("GET {kee}", 16)).hasMessageContaining("{kee}");
    }

    @Test
    void valueShorterThanItsDigits_isRefused() {
        assertThatThrownBy(() -> RequestTemplate.compile("SET a {value:s}", 11)).hasMessageContaining("12 bytes");
    }

    private static String text(RequestTemplate template) {
        return new String(template.bytes(), StandardCharsets.ISO_8859_1);
    }
}
