/// Sampo inside a Java program: [dev.sampo.embedded.SampoStore] runs commands in the caller's thread, without sockets or
/// actors; [dev.sampo.embedded.SampoServer] is a whole server on a loopback port, for tests above all, to which
/// [dev.sampo.embedded.SampoExtension] adds JUnit 5.
package dev.sampo.embedded;
