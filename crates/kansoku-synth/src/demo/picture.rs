//! A small image, as users paste them into a chat.
use base64::{Engine as _, prelude::BASE64_STANDARD};

const WIDTH: u32 = 48;
const HEIGHT: u32 = 32;

/// A PNG with bars in two colours, as a `data:` URL.
pub(super) fn data_uri(shade: u8) -> String {
    let mut rows = Vec::new();
    for y in 0..HEIGHT {
        // Each row begins with its filter type: none (PNG specification).
        rows.push(0);
        for x in 0..WIDTH {
            let bar = (x / 6) * 4 + u32::from(shade) % 7;
            let is_bar = HEIGHT < y + bar && x % 6 != 5;
            rows.extend(if is_bar { [shade, 90, 200] } else { [244, 246, 249] });
        }
    }
    let mut header = Vec::new();
    header.extend(WIDTH.to_be_bytes());
    header.extend(HEIGHT.to_be_bytes());
    // Bit depth 8, colour type RGB, standard methods.
    header.extend([8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, b"IHDR", &header);
    chunk(&mut png, b"IDAT", &stored(&rows));
    chunk(&mut png, b"IEND", &[]);
    format!("data:image/png;base64,{}", BASE64_STANDARD.encode(png))
}

fn chunk(png: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    png.extend((data.len() as u32).to_be_bytes());
    let start = png.len();
    png.extend(name);
    png.extend(data);
    let sum = crc(&png[start..]);
    png.extend(sum.to_be_bytes());
}

/// The zlib format (RFC 1950) with a single stored block, which is limited to 64 KiB (RFC 1951).
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len() as u16;
    let mut zlib = vec![0x78, 0x01, 0x01];
    zlib.extend(length.to_le_bytes());
    zlib.extend((!length).to_le_bytes());
    zlib.extend(bytes);
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    zlib.extend(((b << 16) | a).to_be_bytes());
    zlib
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_what_png_and_zlib_want() {
        assert_eq!(crc(b"123456789"), 0xcbf4_3926);
        assert_eq!(stored(b"Wikipedia")[16..], 0x11e6_0398_u32.to_be_bytes());
        assert!(data_uri(40).starts_with("data:image/png;base64,iVBORw0KGgo"));
    }
}
