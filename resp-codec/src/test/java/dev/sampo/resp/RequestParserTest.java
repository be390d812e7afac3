package dev.sampo.resp;

import static dev.sampo.resp.ParsedInput.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RequestParserTest {
    private static final RequestLimits LIMITS = RequestLimits.DEFAULT;

    @Test
    void array_wholeInOneBuffer_givesItsArguments() {
        assertThat(requests("*3\r\n$3\r\nSET\r\n$16\r\nkey:000000000001\r\n$0\r\n\r\n*1\r\n$4\r\nPING\r\n"))
            .containsExactly(List.of("SET", "key:000000000001", ""), List.of("PING"));
    }

    @Test
    void array_everyBulkLengthUpTo1200_isRead() {
        int checked = 0;
        for (int length = 0; length <= 1200; length++) {
            String value = "v".repeat(length);
            assertThat(requests("*2\r\n$1\r\na\r\n$" + length + "\r\n" + value + "\r\n")).containsExactly(List.of("a", value));
            checked++;
        }
        for (int length : new int[] {16_384, 16_385, 99_999, 100_000, 999_999, 1_000_000, 10_000_000}) {
            String value = "v".repeat(length);
            assertThat(requests("*1\r\n$" + length + "\r\n" + value + "\r\n")).containsExactly(List.of(value));
            checked++;
        }
        assertThat(checked).isEqualTo(1208);
    }

    @Test
    void array_of11And100And1000Arguments_isRead() {
        for (int count : new int[] {9, 10, 11, 100, 1000}) {
            List<String> words = IntStream.range(0, count).mapToObj(Integer::toString).toList();
            assertThat(requests(array(words))).containsExactly(words);
        }
    }

    @Test
    void array_withBytesThatAreNotText_keepsThem() {
        assertThat(requests("*2\r\n$4\r\n\r\n\0\377\r\n$2\r\n*1\r\n")).containsExactly(List.of("\r\n\0\377", "*1"));
    }

    @Test
    void lineEnds_otherThanCarriageReturn_areNotLookedAt() {
        assertThat(requests("*1\rx$4\rxPINGyy*1\r\n$4\r\nPING\r\n")).containsExactly(List.of("PING"), List.of("PING"));
    }

    @Test
    void emptyRequests_areConsumedWithoutArguments() {
        assertThat(requests("*0\r\n*-1\r\n\r\n\n  \t\r\n*-9223372033119076625\r\nPING\r\n")).containsExactly(List.of("PING"));
        try (RequestParser parser = new RequestParser(); Args args = new Args()) {
            long address = OffHeap.allocate(8);
            OffHeap.copyFrom(bytes("*0\r\n\r\n"), 0, address, 6);
            assertThat(parser.parse(address, 6, args)).isEqualTo(RequestParser.EMPTY);
            assertThat(parser.consumed()).isEqualTo(4);
            assertThat(parser.parse(address + 4, 2, args)).isEqualTo(RequestParser.EMPTY);
            assertThat(parser.consumed()).isEqualTo(2);
            OffHeap.free(address, 8);
        }
    }

    @Test
    void inline_withQuotes_isUnescaped() {
        assertThat(requests("SET k \"a\\x41\\n\\r\\t\\b\\a\\q\\\"\"\r\n\r\n  get 'it\\'s' x\"y\" 'a\\n' \"\" ''\n"))
            .containsExactly(List.of("SET", "k", "aA\n\r\t\b\u0007q\""), List.of("get", "it's", "xy", "a\\n", "", ""));
        assertThat(requests("a \"\\x4\\xzz\\X41\"\n")).containsExactly(List.of("a", "x4xzzX41"));
    }

    @Test
    void inline_rareBlanks_separateBeforeAWordOnly() {
        assertThat(requests("\013\014ECHO a\013b \"c\"\013\r\n")).containsExactly(List.of("ECHO", "a\013b", "c"));
    }

    @Test
    void inline_unescapedWords_staySoUntilArgumentsAreCleared() {
        String line = "SET \"a b\" '" + "c".repeat(5000) + "'\r\n";
        byte[] input = bytes(line.repeat(20));
        long live = OffHeap.liveAllocations();
        long address = OffHeap.allocate(input.length);
        OffHeap.copyFrom(input, 0, address, input.length);
        try (RequestParser parser = new RequestParser(); Args args = new Args()) {
            for (int i = 0; i < 20; i++) {
                long at = address + (long) i * line.length();
                assertThat(parser.parse(at, line.length(), args)).isEqualTo(RequestParser.COMPLETE);
            }
            OffHeap.free(address, input.length);
            for (int i = 0; i < 20; i++) {
                args.view(3 * i, 3).rebase(3 * i, 3, 1 << 20);
                assertThat(args.string(1)).isEqualTo("a b");
                assertThat(args.string(2)).isEqualTo("c".repeat(5000));
                assertThat(args.address(0)).isEqualTo(address + (1 << 20) + (long) i * line.length());
            }
        }
        assertThat(OffHeap.liveAllocations()).isEqualTo(live);
    }

    @Test
    void malformedInput_isRefusedInRedissWords() {
        String[][] cases = {
            {"*a\r\n", "invalid multibulk length"},
            {"*\r\n", "invalid multibulk length"},
            {"*03\r\n", "invalid multibulk length"},
            {"*+3\r\n", "invalid multibulk length"},
            {"* 3\r\n", "invalid multibulk length"},
            {"*-0\r\n", "invalid multibulk length"},
            {"*1048577\r\n", "invalid multibulk length"},
            {"*99999999999999999999\r\n", "invalid multibulk length"},
            {"*1\r\n:1\r\n", "expected '$', got ':'"},
            {"*1\r\n\377\r\n", "expected '$', got '\377'"},
            {"*1\r\n\r\n", "expected '$', got '\r'"},
            {"*2\r\n$1\r\na\r\nx\r\n", "expected '$', got 'x'"},
            {"*1\r\n$\r\n", "invalid bulk length"},
            {"*1\r\n$-1\r\n", "invalid bulk length"},
            {"*1\r\n$01\r\n", "invalid bulk length"},
            {"*1\r\n$00\r\n", "invalid bulk length"},
            {"*1\r\n$1a\r\n", "invalid bulk length"},
            {"*1\r\n$536870913\r\n", "invalid bulk length"},
            {"*1\r\n$18446744073709551617\r\n", "invalid bulk length"},
            {"SET \"a\r\n", "unbalanced quotes in request"},
            {"SET 'a\r\n", "unbalanced quotes in request"},
            {"SET \"a\"b\r\n", "unbalanced quotes in request"},
            {"SET 'a'b\r\n", "unbalanced quotes in request"},
            {"a".repeat(65_537), "too big inline request"},
            {"a".repeat(65_537) + "\r\n", "too big inline request"},
            {"*" + "1".repeat(65_536), "too big mbulk count string"},
            {"*1\r\n$" + "1".repeat(65_536), "too big bulk count string"},
        };
        for (String[] pair : cases) {
            ParsedInput parsed = ParsedInput.whole(bytes(pair[0]));
            assertThat(parsed.error()).as(shortened(pair[0])).isEqualTo("ERR Protocol error: " + pair[1]);
        }
        assertThat(cases.length).isEqualTo(27);
    }

    @Test
    void limits_areInclusive() {
        assertThat(requests("a".repeat(65_536) + "\n")).containsExactly(List.of("a".repeat(65_536)));
        assertThat(ParsedInput.whole(bytes("*1\r\n$536870912\r\nabc")).error()).isEmpty();
        assertThat(ParsedInput.whole(bytes("*1048576\r\n$1\r\n")).error()).isEmpty();
        RequestParser small = new RequestParser(LIMITS.withBulkLengthMax(1 << 20));
        assertThat(ParsedInput.arriving(bytes("*1\r\n$1048577\r\n"), small, n -> n + 100).error())
            .isEqualTo("ERR Protocol error: invalid bulk length");
    }

    @Test
    void limits_thatTheFastPathCouldNotKeep_areRefused() {
        assertThatThrownBy(() -> LIMITS.withBulkLengthMax((1 << 20) - 1)).hasMessageContaining("bulkLengthMax");
        assertThatThrownBy(() -> LIMITS.withBulkLengthMax((1 << 30) + 1)).hasMessageContaining("at most");
        assertThatThrownBy(() -> new RequestLimits(1 << 20, 15, 64, 9, 99)).hasMessageContaining("argumentsMax");
        assertThatThrownBy(() -> new RequestLimits(1 << 20, 16, 63, 9, 99)).hasMessageContaining("lineLengthMax");
        assertThatThrownBy(() -> new RequestLimits(1 << 20, 16, 64, 8, 99)).hasMessageContaining("unauthenticatedArgumentsMax");
        assertThatThrownBy(() -> new RequestLimits(1 << 20, 16, 64, 9, 98)).hasMessageContaining("unauthenticatedBulkLengthMax");
    }

    @Test
    void unauthenticated_hasNarrowLimits_untilAuthenticated() {
        assertThat(unauthenticated("*11\r\n").error()).isEqualTo("ERR Protocol error: unauthenticated multibulk length");
        assertThat(unauthenticated("*2\r\n$1\r\na\r\n$16385\r\n").error())
            .isEqualTo("ERR Protocol error: unauthenticated bulk length");
        assertThat(unauthenticated(array(IntStream.range(0, 10).mapToObj(Integer::toString).toList())).requests()).hasSize(1);
        assertThat(unauthenticated("*1\r\n$16384\r\n" + "a".repeat(16_384) + "\r\n").requests()).hasSize(1);
        RequestParser parser = new RequestParser(LIMITS);
        parser.authenticated(false);
        parser.authenticated(true);
        assertThat(ParsedInput.arriving(bytes("*11\r\n"), parser, n -> n + 5).error()).isEmpty();
    }

    @Test
    void nulByte_hidesTheLineEnd_asInRedis() {
        for (String text : List.of("PI\0NG\r\n", "*1\0\r\n", "*1\r\n$4\0\r\nPING\r\n")) {
            ParsedInput parsed = ParsedInput.whole(bytes(text));
            assertThat(parsed.requests()).isEmpty();
            assertThat(parsed.error()).isEmpty();
            assertThat(parsed.unconsumed()).isEqualTo(text.length());
        }
        assertThat(ParsedInput.whole(bytes("PI\0NG\r\n" + "x".repeat(65_530))).error())
            .isEqualTo("ERR Protocol error: too big inline request");
    }

    @Test
    void needed_insideABulk_isItsEnd() {
        try (RequestParser parser = new RequestParser(); Args args = new Args()) {
            byte[] input = bytes("*2\r\n$3\r\nGET\r\n$1000000\r\nabc");
            long address = OffHeap.allocate(input.length);
            OffHeap.copyFrom(input, 0, address, input.length);
            assertThat(parser.parse(address, input.length, args)).isEqualTo(RequestParser.INCOMPLETE);
            assertThat(parser.needed()).isEqualTo(input.length - 3 + 1_000_000 + 2);
            OffHeap.free(address, input.length);
        }
    }

    @Test
    void close_inTheMiddleOfARequest_letsTheParserStartAfresh() {
        RequestParser parser = new RequestParser();
        String many = array(IntStream.range(0, 40).mapToObj(Integer::toString).toList());
        assertThat(ParsedInput.arriving(bytes(many.substring(0, many.length() - 3)), parser, n -> n + 7).requests()).isEmpty();
        assertThat(ParsedInput.arriving(bytes("PING\r\n"), parser, n -> n + 2).requests()).containsExactly(List.of("PING"));
    }

    /// How far a line was searched in vain must not outlive its request, or the next one's short line is overlooked.
    @Test
    void requestAfterOneThatArrivedInPieces_isReadFromItsStart() {
        String many = array(IntStream.range(0, 40).mapToObj(Integer::toString).toList());
        int checked = 0;
        for (String first : List.of("*1\r\n$1\r\na\r\n", "abc\n", "*0\r\n", many)) {
            int expected = first.equals("*0\r\n") ? 0 : 1;
            for (int cut = 1; cut < first.length(); cut++) {
                int arrived = cut;
                byte[] input = bytes(first + "A\nB\n");
                ParsedInput parsed = ParsedInput.arriving(input, new RequestParser(), n -> n < arrived ? arrived : input.length);
                assertThat(parsed.requests().subList(expected, expected + 2)).containsExactly(List.of("A"), List.of("B"));
                assertThat(parsed.requests()).hasSize(expected + 2);
                checked++;
            }
        }
        assertThat(checked).isEqualTo(10 + 3 + 3 + many.length() - 1);
    }

    // Quadratic work would take minutes for the first of these two and seconds for the others.

    @Test
    void millionArguments_inPiecesOf512Bytes_takeLinearTime() {
        String argument = "$1\r\nx\r\n";
        byte[] input = bytes("*1048576\r\n" + argument.repeat(1 << 20));
        long nanos = parseInPieces(input, 512, 1 << 20, 1);
        assertThat(Duration.ofNanos(nanos)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void bulkOf64MiB_inPiecesOf16KiB_takesLinearTime() {
        byte[] input = bytes("*2\r\n$3\r\nGET\r\n$67108864\r\n" + "x".repeat(64 << 20) + "\r\n");
        long nanos = parseInPieces(input, 16 << 10, 2, 64 << 20);
        assertThat(Duration.ofNanos(nanos)).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void longLines_byteByByte_takeLinearTime() {
        long nanos = parseInPieces(bytes("a".repeat(65_536) + "\n"), 1, 1, 65_536);
        assertThat(Duration.ofNanos(nanos)).isLessThan(Duration.ofSeconds(1));
    }

    /// Nanoseconds spent in `parse` for one request that arrives in pieces.
    private static long parseInPieces(byte[] input, int piece, int argumentsExpected, int lastLengthExpected) {
        long address = OffHeap.allocate(input.length);
        OffHeap.copyFrom(input, 0, address, input.length);
        long nanos = 0;
        try (RequestParser parser = new RequestParser(); Args args = new Args()) {
            int status = RequestParser.INCOMPLETE;
            for (int arrived = piece; status == RequestParser.INCOMPLETE; arrived += piece) {
                long before = System.nanoTime();
                status = parser.parse(address, Math.min(arrived, input.length), args);
                nanos += System.nanoTime() - before;
            }
            assertThat(status).isEqualTo(RequestParser.COMPLETE);
            assertThat(parser.consumed()).isEqualTo(input.length);
            assertThat(args.count()).isEqualTo(argumentsExpected);
            assertThat(args.length(argumentsExpected - 1)).isEqualTo(lastLengthExpected);
            int wrong = 0;
            for (int i = 1; i < args.count(); i++) {
                wrong += args.address(i) <= args.address(i - 1) ? 1 : 0;
            }
            assertThat(wrong).isZero();
        }
        OffHeap.free(address, input.length);
        return nanos;
    }

    private static ParsedInput unauthenticated(String text) {
        RequestParser parser = new RequestParser(LIMITS);
        parser.authenticated(false);
        return ParsedInput.arriving(bytes(text), parser, n -> text.length());
    }

    private static String array(List<String> words) {
        StringBuilder text = new StringBuilder("*" + words.size() + "\r\n");
        words.forEach(word -> text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n"));
        return text.toString();
    }

    private static List<List<String>> requests(String text) {
        ParsedInput parsed = ParsedInput.whole(bytes(text));
        assertThat(parsed.error()).isEmpty();
        assertThat(parsed.unconsumed()).isZero();
        return parsed.requests();
    }

    private static String shortened(String text) {
        return text.substring(0, Math.min(text.length(), 40));
    }
}
