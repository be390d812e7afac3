package dev.sampo.resp;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Decodes replies of RESP2 and RESP3 from a stream or from bytes; made for tests, tools and embedded use, not for the
/// data path. The stream is read byte by byte, so it should be buffered; nothing behind a reply is consumed.
public final class ReplyReader {
    /// Aggregates may be nested this deep.
    public static final int DEPTH_MAX = 128;

    private static final int LINE_MAX = 64 << 10;
    private static final int BULK_MAX = 512 << 20;
    private static final int ELEMENTS_MAX = Integer.MAX_VALUE;
    /// A claimed length is believed only so far; beyond, memory grows with the bytes that really come.
    private static final int BELIEVED_MAX = 1 << 16;

    private final InputStream in;

    public ReplyReader(InputStream in) {
        this.in = in;
    }

    /// The one reply that the bytes are.
    ///
    /// @throws ReplyFormatException if they are malformed, too few or too many
    public static Reply decode(byte[] bytes) {
        List<Reply> replies = decodeAll(bytes);
        if (replies.size() != 1) {
            throw new ReplyFormatException("one reply expected, found " + replies.size());
        }
        return replies.getFirst();
    }

    /// The replies that the bytes are, none if there are no bytes.
    ///
    /// @throws ReplyFormatException if they are malformed or end within a reply
    public static List<Reply> decodeAll(byte[] bytes) {
        var in = new ByteArrayInputStream(bytes);
        var reader = new ReplyReader(in);
        List<Reply> replies = new ArrayList<>();
        try {
            while (in.available() > 0) {
                replies.add(reader.read());
            }
        } catch (EOFException _) {
            throw new ReplyFormatException("the bytes end within reply " + replies.size());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return replies;
    }

    /// The next reply; waits for it to arrive whole.
    ///
    /// @throws EOFException if the stream ends before or within it
    /// @throws ReplyFormatException if it is malformed; the stream is then of no more use
    public Reply read() throws IOException {
        return read(0);
    }

    private Reply read(int depth) throws IOException {
        if (depth > DEPTH_MAX) {
            throw new ReplyFormatException("nested deeper than " + DEPTH_MAX);
        }
        int type = readByte();
        String line = readLine();
        return switch (type) {
            case '+' -> new Reply.Simple(line);
            case '-' -> new Reply.Failure(line);
            case ':' -> new Reply.Int(integer(line));
            case '$' -> isNull(line) ? new Reply.Null() : new Reply.Bulk(readBulk(line));
            case '*' -> isNull(line) ? new Reply.Null() : new Reply.Array(readElements(line, depth));
            case '_' -> nothing(line);
            case ',' -> new Reply.Dbl(dbl(line));
            case '#' -> new Reply.Bool(bool(line));
            case '(' -> new Reply.BigNumber(bigNumber(line));
            case '!' -> new Reply.Failure(new String(readBulk(line), StandardCharsets.UTF_8));
            case '=' -> verbatim(new String(readBulk(line), StandardCharsets.UTF_8));
            case '~' -> new Reply.SetReply(readElements(line, depth));
            case '>' -> new Reply.Push(readElements(line, depth));
            case '%' -> new Reply.MapReply(readPairs(line, depth));
            case '|' -> new Reply.Attribute(readPairs(line, depth), read(depth + 1));
            default -> throw new ReplyFormatException("unknown type byte " + type + " before \"" + line + "\"");
        };
    }

    private List<Reply> readElements(String line, int depth) throws IOException {
        int count = length(line, ELEMENTS_MAX);
        List<Reply> elements = new ArrayList<>(Math.min(count, BELIEVED_MAX));
        for (int i = 0; i < count; i++) {
            elements.add(read(depth + 1));
        }
        return List.copyOf(elements);
    }

    private List<Reply.Pair> readPairs(String line, int depth) throws IOException {
        int count = length(line, ELEMENTS_MAX);
        List<Reply.Pair> pairs = new ArrayList<>(Math.min(count, BELIEVED_MAX));
        for (int i = 0; i < count; i++) {
            Reply key = read(depth + 1);
            pairs.add(new Reply.Pair(key, read(depth + 1)));
        }
        return List.copyOf(pairs);
    }

    private byte[] readBulk(String line) throws IOException {
        int length = length(line, BULK_MAX);
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("the stream ended within a string of " + length + " bytes");
        }
        if (readByte() != '\r' || readByte() != '\n') {
            throw new ReplyFormatException("no line end behind a string of " + length + " bytes");
        }
        return bytes;
    }

    private String readLine() throws IOException {
        var line = new ByteArrayOutputStream();
        for (int b = readByte(); b != '\r'; b = readByte()) {
            if (b == '\n') {
                throw new ReplyFormatException("line feed without carriage return");
            }
            if (line.size() == LINE_MAX) {
                throw new ReplyFormatException("line longer than " + LINE_MAX + " bytes");
            }
            line.write(b);
        }
        if (readByte() != '\n') {
            throw new ReplyFormatException("carriage return without line feed");
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    private int readByte() throws IOException {
        int b = in.read();
        if (b < 0) {
            throw new EOFException("the stream ended within a reply");
        }
        return b;
    }

    private static boolean isNull(String line) {
        return line.equals("-1");
    }

    private static Reply nothing(String line) {
        if (!line.isEmpty()) {
            throw new ReplyFormatException("null with content \"" + line + "\"");
        }
        return new Reply.Null();
    }

    private static int length(String line, int max) {
        long length = integer(line);
        if (length < 0 || length > max) {
            throw new ReplyFormatException("length " + line + " is not in 0.." + max);
        }
        return (int) length;
    }

    private static long integer(String line) {
        try {
            return Long.parseLong(line);
        } catch (NumberFormatException _) {
            throw new ReplyFormatException("\"" + line + "\" is no integer");
        }
    }

    private static double dbl(String line) {
        return switch (line) {
            case "inf" -> Double.POSITIVE_INFINITY;
            case "-inf" -> Double.NEGATIVE_INFINITY;
            case "nan" -> Double.NaN;
            default -> finite(line);
        };
    }

    private static double finite(String line) {
        if (!line.matches("[-+]?[0-9]+(\\.[0-9]*)?([eE][-+]?[0-9]+)?")) {
            throw new ReplyFormatException("\"" + line + "\" is no double");
        }
        return Double.parseDouble(line);
    }

    private static boolean bool(String line) {
        return switch (line) {
            case "t" -> true;
            case "f" -> false;
            default -> throw new ReplyFormatException("\"" + line + "\" is no boolean");
        };
    }

    private static String bigNumber(String line) {
        if (!line.matches("[-+]?[0-9]+")) {
            throw new ReplyFormatException("\"" + line + "\" is no number");
        }
        return line;
    }

    private static Reply verbatim(String content) {
        if (content.length() < 4 || content.charAt(3) != ':') {
            throw new ReplyFormatException("verbatim text without a format of three letters");
        }
        return new Reply.Verbatim(content.substring(0, 3), content.substring(4));
    }
}
