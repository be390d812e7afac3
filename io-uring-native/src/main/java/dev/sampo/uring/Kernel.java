package dev.sampo.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// Linux system calls through the foreign function interface.
///
/// Every call returns a value >= 0 or a negated [Errno]; none throws for an operating error. Where the platform is not
/// supported (see [#unsupportedReason]) every call returns `-ENOSYS`, so the class loads everywhere.
/// All methods may be called from any thread; those that can block say so.
public final class Kernel {
    public static final int AF_UNIX = 1;
    public static final int AF_INET = 2;
    public static final int AF_INET6 = 10;
    public static final int SOCK_STREAM = 1;
    public static final int SOCK_NONBLOCK = 0x800;
    public static final int SOCK_CLOEXEC = 0x80000;

    public static final int IPPROTO_TCP = 6;
    public static final int IPPROTO_IPV6 = 41;
    public static final int SOL_SOCKET = 1;
    public static final int SO_REUSEADDR = 2;
    public static final int SO_ERROR = 4;
    public static final int SO_SNDBUF = 7;
    public static final int SO_RCVBUF = 8;
    public static final int SO_KEEPALIVE = 9;
    public static final int SO_LINGER = 13;
    public static final int SO_REUSEPORT = 15;
    public static final int SO_INCOMING_CPU = 49;
    public static final int TCP_NODELAY = 1;
    public static final int TCP_KEEPIDLE = 4;
    public static final int TCP_KEEPINTVL = 5;
    public static final int TCP_KEEPCNT = 6;
    public static final int IPV6_V6ONLY = 26;
    public static final int SHUT_RD = 0;
    public static final int SHUT_WR = 1;
    public static final int SHUT_RDWR = 2;

    /// `send` flag: stay at it until everything is sent or the connection fails.
    public static final int MSG_WAITALL = 0x100;
    /// `send` flag: a closed peer is `-EPIPE`, not a signal.
    public static final int MSG_NOSIGNAL = 0x4000;
    /// `send` flag: more follows, hold back a partial segment.
    public static final int MSG_MORE = 0x8000;

    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0x40;
    public static final int O_EXCL = 0x80;
    public static final int O_TRUNC = 0x200;
    public static final int O_APPEND = 0x400;
    public static final int O_NONBLOCK = 0x800;
    public static final int O_DSYNC = 0x1000;
    public static final int O_CLOEXEC = 0x80000;

    public static final int POLLIN = 1;
    public static final int POLLOUT = 4;
    public static final int POLLERR = 8;
    public static final int POLLHUP = 0x10;
    public static final int POLLRDHUP = 0x2000;

    public static final int MADV_HUGEPAGE = 14;
    public static final int MADV_DONTNEED = 4;

    /// Bytes that hold any socket address this class writes.
    public static final int SOCKADDR_BYTES = 128;

    static final int IO_URING_SETUP = 425;
    static final int IO_URING_ENTER = 426;
    static final int IO_URING_REGISTER = 427;

    private static final boolean LINUX = "Linux".equals(System.getProperty("os.name"));
    private static final boolean X86_64 = "amd64".equals(System.getProperty("os.arch"));
    private static final boolean AARCH64 = "aarch64".equals(System.getProperty("os.arch"));

    // These two bits changed places between the architectures.
    public static final int O_DIRECT = X86_64 ? 0x4000 : 0x10000;
    public static final int O_DIRECTORY = X86_64 ? 0x10000 : 0x4000;

    // System call numbers: x86-64 has its own table, aarch64 uses the generic one.
    private static final int READ = X86_64 ? 0 : 63;
    private static final int WRITE = X86_64 ? 1 : 64;
    private static final int CLOSE = X86_64 ? 3 : 57;
    private static final int MMAP = X86_64 ? 9 : 222;
    private static final int MUNMAP = X86_64 ? 11 : 215;
    private static final int MADVISE = X86_64 ? 28 : 233;
    private static final int SOCKET = X86_64 ? 41 : 198;
    private static final int CONNECT = X86_64 ? 42 : 203;
    private static final int SHUTDOWN = X86_64 ? 48 : 210;
    private static final int BIND = X86_64 ? 49 : 200;
    private static final int LISTEN = X86_64 ? 50 : 201;
    private static final int GETSOCKNAME = X86_64 ? 51 : 204;
    private static final int GETPEERNAME = X86_64 ? 52 : 205;
    private static final int SOCKETPAIR = X86_64 ? 53 : 199;
    private static final int SETSOCKOPT = X86_64 ? 54 : 208;
    private static final int GETSOCKOPT = X86_64 ? 55 : 209;
    private static final int FCNTL = X86_64 ? 72 : 25;
    private static final int FTRUNCATE = X86_64 ? 77 : 46;
    private static final int SCHED_SETAFFINITY = X86_64 ? 203 : 122;
    private static final int SCHED_GETAFFINITY = X86_64 ? 204 : 123;
    private static final int OPENAT = X86_64 ? 257 : 56;
    private static final int FALLOCATE = X86_64 ? 285 : 47;
    private static final int EVENTFD2 = X86_64 ? 290 : 19;

    private static final int AT_FDCWD = -100;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED_POPULATE = 0x8001;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;

    private static final Link LINK = Link.open();
    private static final MethodHandle SYSCALL = LINK.handle();
    private static final boolean SUPPORTED = SYSCALL != null;

    /// Per thread: four bytes for errno, then room for one structure of an argument.
    private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

    private Kernel() {
    }

    /// Why system calls cannot be made from here, in one line; empty when they can.
    public static Optional<String> unsupportedReason() {
        return Optional.ofNullable(LINK.reason());
    }

    // ------------------------------------------------------------------------------------------------- sockets

    /// A new socket; add [#SOCK_CLOEXEC] to the type. A listener for a ring must not be [#SOCK_NONBLOCK].
    public static int socket(int domain, int type, int protocol) {
        return (int) call(SOCKET, domain, type, protocol, 0, 0, 0);
    }

    /// A connected pair of unix stream sockets.
    ///
    /// @param fds receives the two descriptors
    public static int socketpair(int[] fds) {
        Scratch scratch = SCRATCH.get();
        int result = (int) call(scratch, SOCKETPAIR, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, scratch.data, 0, 0);
        if (result == 0) {
            fds[0] = RawMemory.getInt(scratch.data);
            fds[1] = RawMemory.getInt(scratch.data + 4);
        }
        return result;
    }

    /// Binds to an IP address; port 0 lets the kernel choose, see [#localPort].
    public static int bind(int fd, InetAddress address, int port) {
        Scratch scratch = SCRATCH.get();
        int length = writeSockaddr(scratch.data, address, port);
        return (int) call(scratch, BIND, fd, scratch.data, length, 0, 0, 0);
    }

    /// Binds to a path; the file must not exist.
    public static int bindUnix(int fd, String path) {
        Scratch scratch = SCRATCH.get();
        int length = writeUnixSockaddr(scratch.data, path);
        return length < 0 ? length : (int) call(scratch, BIND, fd, scratch.data, length, 0, 0, 0);
    }

    public static int listen(int fd, int backlog) {
        return (int) call(LISTEN, fd, backlog, 0, 0, 0, 0);
    }

    /// A listening TCP socket with SO_REUSEADDR, to be accepted from by a ring.
    ///
    /// @param reusePort several sockets share the port; the kernel spreads connections over them
    /// @return the descriptor, or a negated errno of the step that failed
    public static int listenTcp(InetAddress address, int port, int backlog, boolean reusePort) {
        int fd = socket(address instanceof Inet6Address ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0) {
            return fd;
        }
        int result = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
        if (result >= 0 && reusePort) {
            result = setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, 1);
        }
        if (result >= 0) {
            result = bind(fd, address, port);
        }
        if (result >= 0) {
            result = listen(fd, backlog);
        }
        return result >= 0 ? fd : closeAfter(fd, result);
    }

    /// A listening unix-domain stream socket, to be accepted from by a ring; the path must not exist.
    ///
    /// @return the descriptor, or a negated errno of the step that failed
    public static int listenUnix(String path, int backlog) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0) {
            return fd;
        }
        int result = bindUnix(fd, path);
        if (result >= 0) {
            result = listen(fd, backlog);
        }
        return result >= 0 ? fd : closeAfter(fd, result);
    }

    /// Connects; blocks unless the socket is non-blocking. In a ring use [IoUring#prepConnect].
    public static int connect(int fd, InetAddress address, int port) {
        Scratch scratch = SCRATCH.get();
        int length = writeSockaddr(scratch.data, address, port);
        return (int) call(scratch, CONNECT, fd, scratch.data, length, 0, 0, 0);
    }

    public static int connectUnix(int fd, String path) {
        Scratch scratch = SCRATCH.get();
        int length = writeUnixSockaddr(scratch.data, path);
        return length < 0 ? length : (int) call(scratch, CONNECT, fd, scratch.data, length, 0, 0, 0);
    }

    public static int shutdown(int fd, int how) {
        return (int) call(SHUTDOWN, fd, how, 0, 0, 0, 0);
    }

    /// Sets an option whose value is an int.
    public static int setsockopt(int fd, int level, int option, int value) {
        Scratch scratch = SCRATCH.get();
        RawMemory.putInt(scratch.data, value);
        return (int) call(scratch, SETSOCKOPT, fd, level, option, scratch.data, 4, 0);
    }

    /// Reads an option whose value is a non-negative int.
    public static int getsockopt(int fd, int level, int option) {
        Scratch scratch = SCRATCH.get();
        RawMemory.putInt(scratch.data, 0);
        RawMemory.putInt(scratch.data + 8, 4);
        int result = (int) call(scratch, GETSOCKOPT, fd, level, option, scratch.data, scratch.data + 8, 0);
        return result < 0 ? result : RawMemory.getInt(scratch.data);
    }

    /// Turns Nagle's algorithm off.
    public static int tcpNoDelay(int fd) {
        return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    }

    /// Turns keep-alive on: first probe after `idleSeconds` of silence, then every third of that, three times.
    public static int tcpKeepAlive(int fd, int idleSeconds) {
        int result = setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
        if (result >= 0) {
            result = setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, idleSeconds);
        }
        if (result >= 0) {
            result = setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, Math.max(1, idleSeconds / 3));
        }
        return result >= 0 ? setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, 3) : result;
    }

    /// The port a socket is bound to, or a negated errno; `-EAFNOSUPPORT` when it is not an IP socket.
    public static int localPort(int fd) {
        Scratch scratch = SCRATCH.get();
        int result = socketName(scratch, GETSOCKNAME, fd);
        if (result < 0) {
            return result;
        }
        int family = RawMemory.getShort(scratch.data);
        return family == AF_INET || family == AF_INET6 ? port(scratch.data) : -Errno.EAFNOSUPPORT;
    }

    /// The address a socket is bound to; empty when the call fails or it is not an IP socket.
    public static Optional<InetSocketAddress> localAddress(int fd) {
        return socketAddress(GETSOCKNAME, fd);
    }

    /// The address of the peer (getpeername); empty when the call fails or it is not an IP socket.
    public static Optional<InetSocketAddress> peerAddress(int fd) {
        return socketAddress(GETPEERNAME, fd);
    }

    /// Writes a `sockaddr_in` or `sockaddr_in6` into at least [#SOCKADDR_BYTES] bytes, for [IoUring#prepConnect].
    ///
    /// @return its length in bytes
    public static int writeSockaddr(long target, InetAddress address, int port) {
        byte[] bytes = address.getAddress();
        RawMemory.putShort(target + 2, Short.reverseBytes((short) port));
        if (address instanceof Inet4Address) {
            RawMemory.putShort(target, (short) AF_INET);
            putBytes(target + 4, bytes);
            RawMemory.putLong(target + 8, 0);
            return 16;
        }
        RawMemory.putShort(target, (short) AF_INET6);
        RawMemory.putInt(target + 4, 0);
        putBytes(target + 8, bytes);
        RawMemory.putInt(target + 24, ((Inet6Address) address).getScopeId());
        return 28;
    }

    // --------------------------------------------------------------------------------------------- descriptors

    public static int close(int fd) {
        return (int) call(CLOSE, fd, 0, 0, 0, 0, 0);
    }

    /// Reads up to `length` bytes; blocks as the descriptor does.
    public static int read(int fd, long address, int length) {
        return (int) call(READ, fd, address, length, 0, 0, 0);
    }

    /// Writes up to `length` bytes; blocks as the descriptor does.
    public static int write(int fd, long address, int length) {
        return (int) call(WRITE, fd, address, length, 0, 0, 0);
    }

    /// An eventfd with counter 0, close-on-exec, blocking: a ring completes a read of a non-blocking one with `-EAGAIN`.
    public static int eventfd() {
        return (int) call(EVENTFD2, 0, O_CLOEXEC, 0, 0, 0, 0);
    }

    /// The descriptor's status flags (`O_NONBLOCK` and others).
    public static int fcntlGetFlags(int fd) {
        return (int) call(FCNTL, fd, F_GETFL, 0, 0, 0, 0);
    }

    public static int fcntlSetFlags(int fd, int flags) {
        return (int) call(FCNTL, fd, F_SETFL, flags, 0, 0, 0);
    }

    // --------------------------------------------------------------------------------------------------- files

    /// Opens a file or directory; blocks.
    ///
    /// @param flags `O_*` bits; [#O_CLOEXEC] is added
    /// @param mode permissions of a file that is created, for example `0644`
    public static int open(String path, int flags, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            long name = arena.allocateFrom(path).address();
            return (int) call(OPENAT, AT_FDCWD, name, flags | O_CLOEXEC, mode, 0, 0);
        }
    }

    /// Sets a file's size; blocks.
    public static int ftruncate(int fd, long bytes) {
        return (int) call(FTRUNCATE, fd, bytes, 0, 0, 0, 0);
    }

    /// Reserves disk space for a range and extends the file over it; blocks.
    public static int fallocate(int fd, long offset, long bytes) {
        return (int) call(FALLOCATE, fd, 0, offset, bytes, 0, 0);
    }

    // -------------------------------------------------------------------------------------------------- memory

    /// Maps zeroed private memory, page aligned.
    ///
    /// @return the address, or a negated errno
    public static long mmap(long bytes) {
        return call(MMAP, 0, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    }

    /// Maps memory of a descriptor, shared and populated.
    static long mmapShared(int fd, long offset, long bytes) {
        return call(MMAP, 0, bytes, PROT_READ_WRITE, MAP_SHARED_POPULATE, fd, offset);
    }

    public static int munmap(long address, long bytes) {
        return (int) call(MUNMAP, address, bytes, 0, 0, 0, 0);
    }

    public static int madvise(long address, long bytes, int advice) {
        return (int) call(MADVISE, address, bytes, advice, 0, 0, 0);
    }

    // ------------------------------------------------------------------------------------------------- threads

    /// Restricts a thread to the cpus whose bits are set.
    ///
    /// @param tid a thread id, 0 for the calling thread
    static int schedSetAffinity(int tid, long maskAddress, int maskBytes) {
        return (int) call(SCHED_SETAFFINITY, tid, maskBytes, maskAddress, 0, 0, 0);
    }

    /// Reads the cpus a thread may run on; returns the number of bytes written.
    static int schedGetAffinity(int tid, long maskAddress, int maskBytes) {
        return (int) call(SCHED_GETAFFINITY, tid, maskBytes, maskAddress, 0, 0, 0);
    }

    // ------------------------------------------------------------------------------------------------ raw calls

    /// Any system call, with the calling thread's own errno memory.
    static long call(long number, long a, long b, long c, long d, long e, long f) {
        return SUPPORTED ? call(SCRATCH.get(), number, a, b, c, d, e, f) : -Errno.ENOSYS;
    }

    private static long call(Scratch scratch, long number, long a, long b, long c, long d, long e, long f) {
        return call(scratch.errno, number, a, b, c, d, e, f);
    }

    /// Any system call.
    ///
    /// @param errno four bytes that nobody else uses during the call
    static long call(MemorySegment errno, long number, long a, long b, long c, long d, long e, long f) {
        if (!SUPPORTED) {
            return -Errno.ENOSYS;
        }
        long result;
        try {
            result = (long) SYSCALL.invokeExact(errno, number, a, b, c, d, e, f);
        } catch (Throwable t) {
            throw new AssertionError("a downcall does not throw", t);
        }
        return result == -1 ? -errno.get(ValueLayout.JAVA_INT_UNALIGNED, 0) : result;
    }

    // ------------------------------------------------------------------------------------------------- details

    private static int closeAfter(int fd, int error) {
        close(fd);
        return error;
    }

    private static int socketName(Scratch scratch, int number, int fd) {
        RawMemory.putInt(scratch.data + SOCKADDR_BYTES, SOCKADDR_BYTES);
        return (int) call(scratch, number, fd, scratch.data, scratch.data + SOCKADDR_BYTES, 0, 0, 0);
    }

    private static Optional<InetSocketAddress> socketAddress(int number, int fd) {
        Scratch scratch = SCRATCH.get();
        if (socketName(scratch, number, fd) < 0) {
            return Optional.empty();
        }
        int family = RawMemory.getShort(scratch.data);
        byte[] bytes;
        if (family == AF_INET) {
            bytes = getBytes(scratch.data + 4, 4);
        } else if (family == AF_INET6) {
            bytes = getBytes(scratch.data + 8, 16);
        } else {
            return Optional.empty();
        }
        try {
            return Optional.of(new InetSocketAddress(InetAddress.getByAddress(bytes), port(scratch.data)));
        } catch (UnknownHostException e) {
            throw new AssertionError("4 and 16 bytes are addresses", e);
        }
    }

    private static int port(long sockaddr) {
        return Short.toUnsignedInt(Short.reverseBytes(RawMemory.getShort(sockaddr + 2)));
    }

    private static int writeUnixSockaddr(long target, String path) {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0) {
            return -Errno.EINVAL;
        }
        if (bytes.length > 107) {
            return -Errno.ENAMETOOLONG;
        }
        RawMemory.putShort(target, (short) AF_UNIX);
        putBytes(target + 2, bytes);
        RawMemory.putByte(target + 2 + bytes.length, (byte) 0);
        return 2 + bytes.length + 1;
    }

    private static void putBytes(long target, byte[] source) {
        for (int i = 0; i < source.length; i++) {
            RawMemory.putByte(target + i, source[i]);
        }
    }

    private static byte[] getBytes(long source, int length) {
        byte[] target = new byte[length];
        for (int i = 0; i < length; i++) {
            target[i] = RawMemory.getByte(source + i);
        }
        return target;
    }

    private static final class Scratch {
        private static final int DATA_OFFSET = 8;

        final MemorySegment memory = Arena.ofAuto().allocate(DATA_OFFSET + SOCKADDR_BYTES + 8, 8);
        final MemorySegment errno = memory.asSlice(0, 4);
        final long data = memory.address() + DATA_OFFSET;
    }

    /// The downcall, or the reason why there is none.
    private record Link(MethodHandle handle, String reason) {
        static Link open() {
            if (!LINUX) {
                return new Link(null, "the operating system is " + System.getProperty("os.name") + ", not Linux");
            }
            if (!X86_64 && !AARCH64) {
                return new Link(null, "the architecture " + System.getProperty("os.arch") + " is neither x86-64 nor aarch64");
            }
            try {
                return find();
            } catch (IllegalCallerException e) {
                return new Link(null, "native access is not enabled for this JVM (--enable-native-access)");
            }
        }

        private static Link find() {
            Linker linker = Linker.nativeLinker();
            Optional<MemorySegment> symbol = linker.defaultLookup().find("syscall");
            if (symbol.isEmpty()) {
                return new Link(null, "the C library has no syscall function");
            }
            MemoryLayout[] arguments = new MemoryLayout[7];
            Arrays.fill(arguments, ValueLayout.JAVA_LONG);
            MethodHandle handle = linker.downcallHandle(symbol.get(), FunctionDescriptor.of(ValueLayout.JAVA_LONG, arguments),
                    Linker.Option.firstVariadicArg(1), Linker.Option.captureCallState("errno"));
            return new Link(handle, null);
        }
    }
}
