// SPDX-License-Identifier: Apache-2.0
#include "libdigit/safetensors.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>

namespace digit {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMaxHeaderBytes = 1u << 20;
constexpr std::uint64_t kMaxDimension = 1u << 20;

// As the header has it.
struct Entry {
    std::string name;
    Dtype dtype = Dtype::kF32;
    std::vector<std::uint64_t> shape;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

std::uint64_t read_le64(std::span<const std::uint8_t> bytes) {
    std::uint64_t value = 0;
    for (int i = 7; i >= 0; --i) value = value << 8 | bytes[static_cast<std::size_t>(i)];
    return value;
}

// Parses the header, refusing duplicate keys, which JSON parsers silently drop.
Result<Json> parse_header(std::string_view text) {
    std::vector<std::set<std::string>> keys_of_open_objects;
    std::string duplicate;
    const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) keys_of_open_objects.emplace_back();
        if (event == Json::parse_event_t::object_end) keys_of_open_objects.pop_back();
        if (event == Json::parse_event_t::key &&
            !keys_of_open_objects.back().insert(parsed.get<std::string>()).second)
            duplicate = parsed.get<std::string>();
        return true;
    };
    Json header = Json::parse(text, watch, false);
    if (header.is_discarded() || !header.is_object())
        return Status{Code::kWeightsHeader, "header", "is not a JSON object"};
    if (!duplicate.empty())
        return Status{Code::kWeightsHeader, "header", "names '" + duplicate + "' twice"};
    return header;
}

Result<Metadata> parse_metadata(const Json& header) {
    Metadata metadata;
    const auto found = header.find("__metadata__");
    if (found == header.end()) return metadata;
    if (!found->is_object())
        return Status{Code::kWeightsMetadata, "__metadata__", "is not an object"};
    for (const auto& [key, value] : found->items()) {
        if (!value.is_string())
            return Status{Code::kWeightsMetadata, "__metadata__", "'" + key + "' is not a string"};
        metadata[key] = value.get<std::string>();
    }
    return metadata;
}

bool is_array_of_counts(const Json& value, std::size_t most) {
    return value.is_array() && value.size() <= most &&
           std::all_of(value.begin(), value.end(),
                       [](const Json& v) { return v.is_number_unsigned(); });
}

Result<Entry> parse_entry(const std::string& name, const Json& entry) {
    const auto refuse = [&](const char* why) { return Status{Code::kWeightsTensor, name, why}; };
    if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") ||
        !entry.contains("data_offsets"))
        return refuse("has no dtype, shape or data_offsets");
    Entry tensor;
    tensor.name = name;
    const Json& dtype = entry["dtype"];
    if (dtype == "F32")
        tensor.dtype = Dtype::kF32;
    else if (dtype == "F16")
        tensor.dtype = Dtype::kF16;
    else if (dtype == "BF16")
        tensor.dtype = Dtype::kBf16;
    else if (dtype == "I8")
        tensor.dtype = Dtype::kI8;
    else
        return refuse("has another dtype than F32, F16, BF16 or I8");

    if (!is_array_of_counts(entry["shape"], 2) || entry["shape"].empty())
        return refuse("has a shape that is not one or two counts");
    std::uint64_t elements = 1;
    for (const Json& dimension : entry["shape"]) {
        const auto n = dimension.get<std::uint64_t>();
        if (n == 0 || n > kMaxDimension) return refuse("has a dimension of 0 or over 1048576");
        tensor.shape.push_back(n);
        elements *= n;  // at most 2^40: two dimensions of at most 2^20
    }
    const Json& offsets = entry["data_offsets"];
    if (!is_array_of_counts(offsets, 2) || offsets.size() != 2)
        return Status{Code::kWeightsLayout, name, "has data_offsets that are not two counts"};
    tensor.begin = offsets[0].get<std::uint64_t>();
    tensor.end = offsets[1].get<std::uint64_t>();
    if (tensor.begin > tensor.end)
        return Status{Code::kWeightsLayout, name, "ends before it begins"};
    if (tensor.end - tensor.begin != elements * dtype_bytes(tensor.dtype))
        return refuse("has a shape that does not match its length in bytes");
    return tensor;
}

// The tensors must cover the data exactly: no overlap, no hole, nothing left over.
Status check_layout(std::vector<Entry> tensors, std::uint64_t data_bytes) {
    std::sort(tensors.begin(), tensors.end(),
              [](const Entry& a, const Entry& b) { return a.begin < b.begin; });
    std::uint64_t expected = 0;
    for (const Entry& tensor : tensors) {
        if (tensor.end > data_bytes)
            return {Code::kWeightsTruncated, tensor.name,
                    "ends at byte " + std::to_string(tensor.end) + " of the data, which has " +
                        std::to_string(data_bytes)};
        if (tensor.begin < expected)
            return {Code::kWeightsLayout, tensor.name, "overlaps another tensor"};
        if (tensor.begin > expected)
            return {Code::kWeightsLayout, tensor.name, "leaves a hole before it"};
        expected = tensor.end;
    }
    if (expected != data_bytes)
        return {Code::kWeightsLayout, "",
                std::to_string(data_bytes - expected) + " bytes follow the last tensor"};
    return {};
}

}  // namespace

Result<Safetensors> parse_safetensors(std::span<const std::uint8_t> file,
                                      std::size_t most_tensors) {
    if (file.size() < 8)
        return Status{Code::kWeightsTruncated, "",
                      "the file has " + std::to_string(file.size()) +
                          " bytes, too few for a .safetensors file"};
    const std::uint64_t header_bytes = read_le64(file);
    if (header_bytes > kMaxHeaderBytes)
        return Status{Code::kWeightsHeader, "header",
                      "claims to be over 1 MiB long; this is no .safetensors file"};
    if (header_bytes > file.size() - 8)
        return Status{Code::kWeightsTruncated, "header", "runs past the end of the file"};
    const auto header =
        parse_header({reinterpret_cast<const char*>(file.data()) + 8, header_bytes});
    if (!header.ok()) return header.status();
    auto metadata = parse_metadata(*header);
    if (!metadata.ok()) return metadata.status();

    std::vector<Entry> entries;
    for (const auto& [name, entry] : header->items()) {
        if (name == "__metadata__") continue;
        auto tensor = parse_entry(name, entry);
        if (!tensor.ok()) return tensor.status();
        entries.push_back(std::move(*tensor));
        if (entries.size() > most_tensors)
            return Status{Code::kWeightsTensor, "",
                          "there are more than " + std::to_string(most_tensors) + " tensors"};
    }
    const auto data = file.subspan(8 + header_bytes);
    if (Status status = check_layout(entries, data.size()); !status.ok()) return status;
    Safetensors all{std::move(*metadata), {}};
    for (Entry& entry : entries)
        all.tensors.push_back({std::move(entry.name),
                               std::move(entry.shape),
                               {entry.dtype, data.subspan(entry.begin, entry.end - entry.begin)}});
    return all;
}

}  // namespace digit
