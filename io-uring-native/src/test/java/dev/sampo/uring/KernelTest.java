package dev.sampo.uring;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class KernelTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    @BeforeAll
    static void linux() {
        Assumptions.assumeTrue(Kernel.unsupportedReason().isEmpty(), () -> Kernel.unsupportedReason().orElseThrow());
    }

    @Test
    void errors_areNegatedErrnos() {
        assertThat(Kernel.close(1_000_000)).isEqualTo(-Errno.EBADF);
        assertThat(Kernel.socket(9999, 1, 0)).isEqualTo(-Errno.EAFNOSUPPORT);
        assertThat(Kernel.mmap(0)).isEqualTo(-Errno.EINVAL);
        assertThat(Kernel.munmap(1, 1)).isEqualTo(-Errno.EINVAL);
        assertThat(Kernel.fcntlGetFlags(-1)).isEqualTo(-Errno.EBADF);
        assertThat(Kernel.localPort(1_000_000)).isEqualTo(-Errno.EBADF);
        assertThat(Kernel.localAddress(1_000_000)).isEmpty();
        int eventfd = Kernel.eventfd();
        assertThat(Kernel.localPort(eventfd)).isEqualTo(-Errno.ENOTSOCK);
        assertThat(Kernel.listen(eventfd, 1)).isEqualTo(-Errno.ENOTSOCK);
        assertThat(Kernel.close(eventfd)).isZero();
    }

    @Test
    void socketOptions_set_readBack() {
        int fd = Kernel.socket(Kernel.AF_INET, Kernel.SOCK_STREAM | Kernel.SOCK_CLOEXEC, 0);
        assertThat(Kernel.tcpNoDelay(fd)).isZero();
        assertThat(Kernel.getsockopt(fd, Kernel.IPPROTO_TCP, Kernel.TCP_NODELAY)).isEqualTo(1);
        assertThat(Kernel.tcpKeepAlive(fd, 300)).isZero();
        assertThat(Kernel.getsockopt(fd, Kernel.SOL_SOCKET, Kernel.SO_KEEPALIVE)).isEqualTo(1);
        assertThat(Kernel.getsockopt(fd, Kernel.IPPROTO_TCP, Kernel.TCP_KEEPIDLE)).isEqualTo(300);
        assertThat(Kernel.getsockopt(fd, Kernel.IPPROTO_TCP, Kernel.TCP_KEEPINTVL)).isEqualTo(100);
        assertThat(Kernel.getsockopt(fd, Kernel.IPPROTO_TCP, Kernel.TCP_KEEPCNT)).isEqualTo(3);
        assertThat(Kernel.setsockopt(fd, Kernel.IPPROTO_TCP, 9999, 1)).isEqualTo(-Errno.ENOPROTOOPT);
        assertThat(Kernel.fcntlSetFlags(fd, Kernel.O_NONBLOCK)).isZero();
        assertThat(Kernel.fcntlGetFlags(fd) & Kernel.O_NONBLOCK).isNotZero();
        assertThat(Kernel.connect(fd, LOOPBACK, 1)).isIn(-Errno.EINPROGRESS, -Errno.ECONNREFUSED);
        assertThat(Kernel.close(fd)).isZero();
    }

    @Test
    void listenTcp_samePort_needsReusePort() {
        int first = Kernel.listenTcp(LOOPBACK, 0, 16, true);
        int port = Kernel.localPort(first);
        int second = Kernel.listenTcp(LOOPBACK, port, 16, true);
        assertThat(second).isPositive();
        assertThat(Kernel.localPort(second)).isEqualTo(port);
        assertThat(Kernel.listenTcp(LOOPBACK, port, 16, false)).isEqualTo(-Errno.EADDRINUSE);
        assertThat(Kernel.close(first) + Kernel.close(second)).isZero();
    }

    @Test
    void connect_toListener_bothEndsKnowEachOther() throws UnknownHostException {
        int checked = 0;
        for (String address : new String[] {"127.0.0.1", "::1"}) {
            int listener = Kernel.listenTcp(InetAddress.getByName(address), 0, 16, false);
            if (listener == -Errno.EADDRNOTAVAIL || listener == -Errno.EAFNOSUPPORT) {
                continue;
            }
            int domain = address.contains(":") ? Kernel.AF_INET6 : Kernel.AF_INET;
            int client = Kernel.socket(domain, Kernel.SOCK_STREAM | Kernel.SOCK_CLOEXEC, 0);
            assertThat(Kernel.connect(client, InetAddress.getByName(address), Kernel.localPort(listener))).isZero();
            assertThat(Kernel.peerAddress(client)).isEqualTo(Kernel.localAddress(listener)).isPresent();
            assertThat(Kernel.getsockopt(client, Kernel.SOL_SOCKET, Kernel.SO_ERROR)).isZero();
            assertThat(Kernel.shutdown(client, Kernel.SHUT_RDWR)).isZero();
            assertThat(Kernel.close(client) + Kernel.close(listener)).isZero();
            checked++;
        }
        assertThat(checked).isPositive();
    }

    @Test
    void unixPath_tooLongOrEmpty_isRefused() {
        assertThat(Kernel.listenUnix("", 1)).isEqualTo(-Errno.EINVAL);
        assertThat(Kernel.listenUnix("/tmp/" + "x".repeat(103), 1)).isEqualTo(-Errno.ENAMETOOLONG);
        int fd = Kernel.socket(Kernel.AF_UNIX, Kernel.SOCK_STREAM | Kernel.SOCK_CLOEXEC, 0);
        assertThat(Kernel.connectUnix(fd, "/nonexistent/socket")).isEqualTo(-Errno.ENOENT);
        assertThat(Kernel.localPort(fd)).isEqualTo(-Errno.EAFNOSUPPORT);
        assertThat(Kernel.close(fd)).isZero();
    }

    @Test
    void anonymousMemory_isZeroedWritableAndAdvisable() {
        long memory = Kernel.mmap(1 << 21);
        assertThat(RawMemory.getLong(memory)).isZero();
        RawMemory.putLong(memory + (1 << 20), 5);
        assertThat(Kernel.madvise(memory, 1 << 21, Kernel.MADV_DONTNEED)).isZero();
        assertThat(RawMemory.getLong(memory + (1 << 20))).isZero();
        assertThat(Kernel.munmap(memory, 1 << 21)).isZero();
    }

    @Test
    void errno_names_coverWhatIsDescribed() {
        assertThat(Errno.name(-105)).isEqualTo("ENOBUFS");
        assertThat(Errno.name(105)).isEqualTo("ENOBUFS");
        assertThat(Errno.name(9999)).isEqualTo("errno 9999");
        assertThat(Errno.describe(-Errno.EAGAIN)).isEqualTo("EAGAIN (11): try again");
        assertThat(Errno.describe(9999)).isEqualTo("errno 9999");
        int named = 0;
        for (int errno = 1; errno < 134; errno++) {
            if (Errno.name(errno).startsWith("E")) {
                assertThat(Errno.describe(errno)).matches("E[A-Z]+ \\(" + errno + "\\): .+");
                named++;
            }
        }
        assertThat(named).isGreaterThan(45);
    }
}
