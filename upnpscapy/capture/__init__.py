"""File to frames, frames to datagrams, datagrams to messages; nothing here judges or keeps."""
