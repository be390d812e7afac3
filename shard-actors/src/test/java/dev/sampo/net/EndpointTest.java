package dev.sampo.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class EndpointTest {
    @Test
    void text_bracketsAndShortensIpv6() throws UnknownHostException {
        String[][] cases = {{"127.0.0.1", "127.0.0.1:80"}, {"::1", "[::1]:80"}, {"::", "[::]:80"},
            {"2001:db8::7", "[2001:db8::7]:80"}, {"fe80:1:2:3:4:5:6:7", "[fe80:1:2:3:4:5:6:7]:80"},
            {"::ffff:10.0.0.1", "10.0.0.1:80"}, {"1:0:0:2::", "[1::2:0:0:0:0]:80"}};
        for (String[] each : cases) {
            assertThat(Endpoint.text(new InetSocketAddress(InetAddress.getByName(each[0]), 80))).isEqualTo(each[1]);
        }
    }
}
