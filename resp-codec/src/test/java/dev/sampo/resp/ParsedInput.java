package dev.sampo.resp;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;

/// What a parser makes of an input that arrives in pieces: its requests as ISO 8859-1 words, then possibly an error.
record ParsedInput(List<List<String>> requests, String error, int unconsumed) {
    static final String NO_ERROR = "";

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static ParsedInput whole(byte[] input) {
        return arriving(input, new RequestParser(), length -> input.length);
    }

    /// Shows the parser one more piece at a time, each time at another address and with nothing readable around it.
    ///
    /// @param nextLength from the number of bytes that have arrived to the number that will have arrived next
    static ParsedInput arriving(byte[] input, RequestParser parser, IntUnaryOperator nextLength) {
        List<List<String>> requests = new ArrayList<>();
        try (Args args = new Args();
                GuardedMemory one = new GuardedMemory(input.length + 1);
                GuardedMemory other = new GuardedMemory(input.length + 1)) {
            int start = 0;
            int arrived = 0;
            long needed = 0;
            boolean atEnd = true;
            while (arrived < input.length) {
                arrived = Math.min(input.length, nextLength.applyAsInt(arrived));
                boolean more = true;
                while (more && start < arrived) {
                    byte[] rest = Arrays.copyOfRange(input, start, arrived);
                    long address = atEnd ? one.atEnd(rest, rest.length) : other.atStart(rest, rest.length);
                    atEnd = !atEnd;
                    int base = args.size();
                    int status = parser.parse(address, rest.length, args);
                    if (status != RequestParser.INCOMPLETE && rest.length < needed) {
                        throw new AssertionError("status " + status + " at " + rest.length + " bytes, needed() said " + needed);
                    }
                    if (status != RequestParser.COMPLETE && args.size() != base) {
                        throw new AssertionError("status " + status + " left arguments behind");
                    }
                    needed = status == RequestParser.INCOMPLETE ? parser.needed() : 0;
                    if (status == RequestParser.ERROR) {
                        return new ParsedInput(requests, parser.errorMessage(), input.length - start);
                    }
                    if (status == RequestParser.COMPLETE) {
                        requests.add(words(args.view(base, args.size() - base)));
                    }
                    if (status == RequestParser.INCOMPLETE) {
                        if (parser.needed() <= rest.length) {
                            throw new AssertionError("needed() is " + parser.needed() + " of " + rest.length + " bytes");
                        }
                        more = false;
                    } else {
                        start = Math.addExact(start, Math.toIntExact(parser.consumed()));
                    }
                }
            }
            return new ParsedInput(requests, NO_ERROR, input.length - start);
        } finally {
            parser.close();
        }
    }

    static List<String> words(Args args) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < args.count(); i++) {
            words.add(OffHeap.latin1(args.address(i), args.length(i)));
        }
        return words;
    }
}
