// SPDX-License-Identifier: Apache-2.0
// Pictures made such that the server takes them.

const kServerTypes = ["image/png", "image/jpeg", "image/gif"];
const kLongestEdge = 1600;
const kShortestEdge = 200; // as small as a picture is made for the sake of its bytes
const max_bytes = Number(form.dataset.maxBytes) || 1 << 20;
const max_pixels = Number(form.dataset.maxPixels) || 16 << 20;

// What the server does not take but the browser can show, such as a phone's 12 megapixels or WebP,
// is drawn anew. What the browser cannot show goes as it is, for the server to say what is wrong.
// budget: how many bytes it may have.
async function made_fit(file, budget) {
    const { naturalWidth: width, naturalHeight: height } = await measured(file);
    const fits = file.size <= budget && width * height <= max_pixels;
    if (kServerTypes.includes(file.type) && fits) return file;
    let bitmap;
    try {
        bitmap = await createImageBitmap(file);
    } catch {
        return file;
    }
    let blob;
    for (let edge = kLongestEdge; edge >= kShortestEdge; edge /= 2) {
        blob = await drawn_smaller(bitmap, edge);
        if (blob.size <= budget) break;
    }
    bitmap.close();
    return new File([blob], "picture.jpg", { type: "image/jpeg" });
}

// The picture as an element that knows its size; of what cannot be shown, 0×0.
function measured(file) {
    const image = new Image();
    const url = URL.createObjectURL(file);
    return new Promise((done) => {
        image.onload = image.onerror = () => {
            URL.revokeObjectURL(url);
            done(image);
        };
        image.src = url;
    });
}

function drawn_smaller(bitmap, longest_edge) {
    const scale = Math.min(1, longest_edge / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff"; // what is transparent is paper
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
}

// The server's limit of bytes is one for all pictures of a post together.
function all_made_fit(files) {
    const together = files.reduce((bytes, file) => bytes + file.size, 0);
    const budget = together <= max_bytes ? max_bytes : max_bytes / files.length;
    return Promise.all(files.map((file) => made_fit(file, budget)));
}
