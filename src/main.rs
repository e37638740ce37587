//! The program; everything is in the library.

/// musl's own allocator is slow under threads, and this one is as fast as any elsewhere.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    mainstay::cli::command::main()
}
