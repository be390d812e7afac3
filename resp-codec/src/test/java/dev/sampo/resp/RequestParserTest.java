package dev.sampo.resp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestParserTest {
    @Test
    void array_wholeInOneBuffer_givesItsArguments() {
        assertThat(requests("*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000001\r\n$0\r\n\r\n*1\r\n$4\r\nPING\r\n"))
            .containsExactly(List.of("SET", "key:000000000001", ""), List.of("PING"));
    }

    @Test
    void inline_withQuotes_isUnescaped() {
        assertThat(requests("SET k \"a\\x41\\n\"\r\n\r\n  get 'it\\'s' x\"y\"\n"))
            .containsExactly(List.of("SET", "k", "aA\n"), List.of("get", "it's", "xy"));
    }

    private static List<List<String>> requests(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        long address = OffHeap.allocate(bytes.length);
        OffHeap.copyFrom(bytes, 0, address, bytes.length);
        List<List<String>> requests = new ArrayList<>();
        try (RequestParser parser = new RequestParser(); Args args = new Args()) {
            long at = address;
            long end = address + bytes.length;
            while (at < end) {
                int base = args.size();
                int status = parser.parse(at, end - at, args);
                assertThat(status).isIn(RequestParser.COMPLETE, RequestParser.EMPTY);
                at += parser.consumed();
                if (status == RequestParser.COMPLETE) {
                    args.view(base, args.size() - base);
                    List<String> words = new ArrayList<>();
                    for (int i = 0; i < args.count(); i++) {
                        words.add(args.string(i));
                    }
                    requests.add(words);
                }
            }
        }
        OffHeap.free(address, bytes.length);
        return requests;
    }
}
