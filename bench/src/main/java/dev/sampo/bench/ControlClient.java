package dev.sampo.bench;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A plain blocking client for the questions between runs: INFO, CONFIG GET, read-backs. Texts are Latin-1, so that bytes
/// survive.
final class ControlClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 120_000;

    private final Socket socket;
    private final InputStream in;
    private long commands;

    ControlClient(InetSocketAddress address) throws IOException {
        socket = new Socket();
        socket.connect(address, 1000);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    }

    /// Sends one command and returns its reply: a String, a Long, a List of replies, or null for nil.
    ///
    /// @throws IOException for an error reply, with the server's text
    Object command(String... words) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(latin("*" + words.length + "\r\n"));
        for (String word : words) {
            out.writeBytes(latin("$" + word.length() + "\r\n" + word + "\r\n"));
        }
        socket.getOutputStream().write(out.toByteArray());
        commands++;
        return reply();
    }

    private Object reply() throws IOException {
        String line = line();
        String rest = line.substring(1);
        return switch (line.charAt(0)) {
            case '+' -> rest;
            case '-' -> throw new IOException("the server answered: " + rest);
            case ':' -> Long.valueOf(rest);
            case '$' -> bulk(Integer.parseInt(rest));
            case '*' -> array(Integer.parseInt(rest));
            default -> throw new IOException("not a reply: " + line);
        };
    }

    private String bulk(int length) throws IOException {
        if (length < 0) {
            return null;
        }
        byte[] bytes = in.readNBytes(length + 2);
        if (bytes.length != length + 2) {
            throw new EOFException("the server closed the control connection");
        }
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }

    private List<Object> array(int count) throws IOException {
        if (count < 0) {
            return null;
        }
        List<Object> replies = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            replies.add(reply());
        }
        return replies;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the server closed the control connection");
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
        if (line.isEmpty()) {
            throw new IOException("an empty line where a reply begins");
        }
        return line.toString();
    }

    /// The answer of a command that answers an integer.
    long integer(String... words) throws IOException {
        Object reply = command(words);
        if (reply instanceof Long number) {
            return number;
        }
        throw new IOException(String.join(" ", words) + " did not answer an integer but " + reply);
    }

    /// The value of a configuration setting.
    String config(String name) throws IOException {
        if (command("CONFIG", "GET", name) instanceof List<?> pair && pair.size() == 2) {
            return (String) pair.get(1);
        }
        throw new IOException("CONFIG GET " + name + " did not answer one pair");
    }

    /// One section of INFO.
    InfoText info(String section) throws IOException {
        return InfoText.parse((String) command("INFO", section));
    }

    /// Commands sent on this connection.
    long commands() {
        return commands;
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
