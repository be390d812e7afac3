/// io_uring in pure Java: rings, provided buffers, wake-ups of a waiting owner, and the system calls that go with them.
///
/// [IoUring#probe] says whether it works here; [IoUring#create] makes a ring that belongs to the calling thread;
/// [BufferRing] holds the memory that receives fill; [Wakeup] lets other threads end the owner's wait;
/// [UserData] tells completions apart. The classes load on every platform.
package dev.sampo.uring;
