// SPDX-License-Identifier: Apache-2.0
// Why a weights file is refused: each reason with its code and its words.
#include <cppunit/extensions/HelperMacros.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "libdigit/frame.h"
#include "libdigit/network.h"
#include "libdigit/weights_file.h"
#include "tests/unit/refusal.h"
#include "tests/unit/temporary_folder.h"
#include "tests/unit/test_network.h"

namespace digit::test {
namespace {

using Json = nlohmann::ordered_json;

NetworkParameters small() { return random_network({784, 3, 10}, Activation::kTanh); }

std::string file_of(const std::string& header, const std::string& data) {
    std::string file(8, '\0');
    const std::uint64_t length = header.size();
    std::memcpy(file.data(), &length, 8);
    return file + header + data;
}

std::size_t data_offset(const std::string& file) {
    std::uint64_t length = 0;
    std::memcpy(&length, file.data(), 8);
    return static_cast<std::size_t>(length) + 8;
}

using Edit = std::function<void(Json&)>;

// The good file, its header changed by `edit`; `more` bytes of zero behind its data.
std::string edited(const Edit& edit, std::size_t more = 0,
                   WeightsDtype dtype = WeightsDtype::kF32) {
    const std::string file = serialise_weights(small(), dtype);
    Json header = Json::parse(file.substr(8, data_offset(file) - 8));
    edit(header);
    return file_of(header.dump(), file.substr(data_offset(file)) + std::string(more, '\0'));
}

std::string whole_numbers(const Edit& edit) { return edited(edit, 0, WeightsDtype::kI8); }

std::string with(const char* tensor, const char* key, const Json& value) {
    return edited([&](Json& h) { h[tensor][key] = value; });
}

std::string stating(const char* key, const Json& value) { return with("__metadata__", key, value); }

void rename(Json& header, const char* from, const char* to) {
    header[to] = header[from];
    header.erase(from);
}

std::string renamed(const std::vector<std::pair<const char*, const char*>>& names) {
    return edited([&](Json& h) {
        for (const auto& [from, to] : names) rename(h, from, to);
    });
}

std::string many_tensors(int count) {
    Json header = Json::object();
    for (int i = 0; i < count; ++i)
        header["t" + std::to_string(i)] = {
            {"dtype", "F32"}, {"shape", {1}}, {"data_offsets", {4 * i, 4 * i + 4}}};
    return file_of(header.dump(), std::string(static_cast<std::size_t>(4 * count), '\0'));
}

Result<NetworkParameters> parse(const std::string& file) {
    return parse_weights({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()});
}

// A good file but for one vector of floats, which has one value less than its outputs; without a
// digest.
std::string shortened(const char* tensor, WeightsDtype dtype) {
    const std::string file = serialise_weights(small(), dtype);
    Json header = Json::parse(file.substr(8, data_offset(file) - 8));
    std::string data = file.substr(data_offset(file));
    header["__metadata__"].erase("tensors_sha256");
    const auto end = header[tensor]["data_offsets"][1].get<std::size_t>();
    header[tensor]["shape"][0] = header[tensor]["shape"][0].get<int>() - 1;
    header[tensor]["data_offsets"][1] = end - 4;
    for (auto& [name, entry] : header.items())
        if (name != "__metadata__" && name != tensor && entry["data_offsets"][0] >= end)
            for (auto& offset : entry["data_offsets"]) offset = offset.get<std::size_t>() - 4;
    return file_of(header.dump(), data.erase(end - 4, 4));
}

constexpr char kSurplusWords[] =
    "there are tensors besides layers.N.weight and layers.N.bias (and layers.N.scale beside a "
    "weight of I8), and early_exit.0 and 1 likewise, or a layer is missing between others";

struct FileRow {
    std::string file;
    Code code;
    const char* where;
    const char* detail;
};

std::vector<FileRow> file_rows() {
    const std::string good = serialise_weights(small(), WeightsDtype::kF32);
    std::string damaged = good;
    damaged.back() ^= 1;
    const auto drop = [](const char* tensor, const char* key) {
        return edited([=](Json& h) { h[tensor].erase(key); });
    };
    return {
        {"1234567", Code::kWeightsTruncated, "",
         "the file has 7 bytes, too few for a .safetensors file"},
        {file_of(std::string((1 << 20) + 1, ' '), ""), Code::kWeightsHeader, "header",
         "claims to be over 1 MiB long; this is no .safetensors file"},
        {good.substr(0, 100), Code::kWeightsTruncated, "header", "runs past the end of the file"},
        {std::string(8, '\xff') + "{}", Code::kWeightsHeader, "header",
         "claims to be over 1 MiB long; this is no .safetensors file"},
        {file_of("[]", ""), Code::kWeightsHeader, "header", "is not a JSON object"},
        {file_of("{", ""), Code::kWeightsHeader, "header", "is not a JSON object"},
        {file_of(R"({"a":{},"a":{}})", ""), Code::kWeightsHeader, "header", "names 'a' twice"},
        {edited([](Json& h) { h["__metadata__"] = 1; }), Code::kWeightsMetadata, "__metadata__",
         "is not an object"},
        {stating("epochs", 5), Code::kWeightsMetadata, "__metadata__", "'epochs' is not a string"},
        {edited([](Json& h) { h["__metadata__"].erase("activation"); }), Code::kWeightsMetadata,
         "activation", "is missing; relu or tanh is needed"},
        {stating("activation", "gelu"), Code::kWeightsMetadata, "activation",
         "is neither relu nor tanh, which are all that this version knows"},
        {stating("input", "rgb"), Code::kWeightsMetadata, "input",
         "states another kind of input than this version makes"},
        {damaged, Code::kWeightsDigest, "tensors_sha256",
         "does not match the tensors; the file is damaged"},
        {edited([](Json& h) { h["layers.0.bias"] = 1; }), Code::kWeightsTensor, "layers.0.bias",
         "has no dtype, shape or data_offsets"},
        {drop("layers.0.bias", "dtype"), Code::kWeightsTensor, "layers.0.bias",
         "has no dtype, shape or data_offsets"},
        {drop("layers.0.bias", "data_offsets"), Code::kWeightsTensor, "layers.0.bias",
         "has no dtype, shape or data_offsets"},
        {with("layers.0.bias", "dtype", "F64"), Code::kWeightsTensor, "layers.0.bias",
         "has another dtype than F32, F16, BF16 or I8"},
        {with("layers.0.bias", "dtype", 32), Code::kWeightsTensor, "layers.0.bias",
         "has another dtype than F32, F16, BF16 or I8"},
        {with("layers.0.bias", "dtype", "F16"), Code::kWeightsTensor, "layers.0.bias",
         "has a shape that does not match its length in bytes"},
        {with("layers.0.weight", "shape", {1, 3, 784}), Code::kWeightsTensor, "layers.0.weight",
         "has a shape that is not one or two counts"},
        {with("layers.0.weight", "shape", {std::uint64_t{1} << 62, 784}), Code::kWeightsTensor,
         "layers.0.weight", "has a dimension of 0 or over 1048576"},
        {with("layers.0.bias", "shape", Json::array()), Code::kWeightsTensor, "layers.0.bias",
         "has a shape that is not one or two counts"},
        {with("layers.0.bias", "shape", {-3}), Code::kWeightsTensor, "layers.0.bias",
         "has a shape that is not one or two counts"},
        {with("layers.0.bias", "shape", {0}), Code::kWeightsTensor, "layers.0.bias",
         "has a dimension of 0 or over 1048576"},
        {with("layers.0.bias", "shape", {1048577}), Code::kWeightsTensor, "layers.0.bias",
         "has a dimension of 0 or over 1048576"},
        {with("layers.0.bias", "shape", {4}), Code::kWeightsTensor, "layers.0.bias",
         "has a shape that does not match its length in bytes"},
        {with("layers.0.bias", "data_offsets", {0}), Code::kWeightsLayout, "layers.0.bias",
         "has data_offsets that are not two counts"},
        {with("layers.0.bias", "data_offsets", {0, 4, 8}), Code::kWeightsLayout, "layers.0.bias",
         "has data_offsets that are not two counts"},
        {with("layers.0.bias", "data_offsets", {-4, 4}), Code::kWeightsLayout, "layers.0.bias",
         "has data_offsets that are not two counts"},
        {with("layers.0.bias", "data_offsets", {8, 4}), Code::kWeightsLayout, "layers.0.bias",
         "ends before it begins"},
        {with("layers.1.bias", "data_offsets", {9544, 9584}), Code::kWeightsTruncated,
         "layers.1.bias", "ends at byte 9584 of the data, which has 9580"},
        {with("layers.1.weight", "data_offsets", {9404, 9524}), Code::kWeightsLayout,
         "layers.1.weight", "overlaps another tensor"},
        {with("layers.0.weight", "data_offsets", {4, 9412}), Code::kWeightsLayout,
         "layers.0.weight", "leaves a hole before it"},
        {good + "left over", Code::kWeightsLayout, "", "9 bytes follow the last tensor"},
        {many_tensors(199), Code::kWeightsTensor, "", "there are more than 198 tensors"},
        {many_tensors(198), Code::kWeightsMetadata, "activation",
         "is missing; relu or tanh is needed"},
        {renamed({{"layers.0.weight", "layers.0.w"}}), Code::kWeightsTensor, "layers.0.weight",
         "is missing or no matrix"},
        {with("layers.0.weight", "shape", {3 * 784}), Code::kWeightsTensor, "layers.0.weight",
         "is missing or no matrix"},
        {renamed({{"layers.1.bias", "layers.1.b"}}), Code::kWeightsTensor, "layers.1.bias",
         "is missing or no vector"},
        {with("layers.1.bias", "shape", {10, 1}), Code::kWeightsTensor, "layers.1.bias",
         "is missing or no vector"},
        {renamed({{"layers.1.weight", "layers.2.weight"}, {"layers.1.bias", "layers.2.bias"}}),
         Code::kWeightsTensor, "", kSurplusWords},
        {renamed({{"layers.0.weight", "a"},
                  {"layers.0.bias", "b"},
                  {"layers.1.weight", "c"},
                  {"layers.1.bias", "d"}}),
         Code::kWeightsTensor, "layers.0.weight", "is missing"},
        {edited(
             [](Json& h) {
                 h["surplus"] = {{"dtype", "F32"}, {"shape", {1}}, {"data_offsets", {9580, 9584}}};
             },
             4),
         Code::kWeightsTensor, "", kSurplusWords},
        {whole_numbers([](Json& h) { rename(h, "layers.1.scale", "scales"); }),
         Code::kWeightsTensor, "layers.1.scale", "is missing or no vector"},
        {whole_numbers([](Json& h) {
             h["layers.1.scale"]["shape"] = {2, 5};
         }),
         Code::kWeightsTensor, "layers.1.scale", "is missing or no vector"},
        {whole_numbers([](Json& h) {
             h["layers.1.scale"]["dtype"] = "I8";
             h["layers.1.scale"]["shape"] = {40};
         }),
         Code::kWeightsTensor, "layers.1.scale", "is of I8, which only a weight can be"},
        {whole_numbers([](Json& h) {
             h["layers.0.bias"]["dtype"] = "I8";
             h["layers.0.bias"]["shape"] = {12};
         }),
         Code::kWeightsTensor, "layers.0.bias", "is of I8, which only a weight can be"},
        // What is read is a network or nothing.
        {shortened("layers.1.scale", WeightsDtype::kI8), Code::kWeightsChain, "layers.1.scale",
         "has 9 values for 10 outputs"},
        {shortened("layers.0.bias", WeightsDtype::kF32), Code::kWeightsChain, "layers.0.bias",
         "has 2 values for 3 outputs"},
        // A scale beside weights that are no whole numbers.
        {whole_numbers([](Json& h) {
             h["layers.0.weight"]["dtype"] = "F16";
             h["layers.0.weight"]["shape"] = {3, 392};
         }),
         Code::kWeightsTensor, "", kSurplusWords},
    };
}

}  // namespace

class WeightsRefusalsTest : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(WeightsRefusalsTest);
    CPPUNIT_TEST(each_broken_file_is_refused_with_its_code_and_its_words);
    CPPUNIT_TEST(a_file_over_256_mib_is_refused_before_it_is_read);
    CPPUNIT_TEST(a_file_with_less_than_its_size_is_refused);
    CPPUNIT_TEST(any_flipped_bit_is_refused_or_changes_no_layer);
    CPPUNIT_TEST_SUITE_END();

    void each_broken_file_is_refused_with_its_code_and_its_words() {
        for (const FileRow& row : file_rows()) {
            const auto result = parse(row.file);
            CPPUNIT_ASSERT_MESSAGE(row.detail, !result.ok());
            assert_refusal(row.detail, result.status(), row.code, row.where, row.detail);
        }
    }

    void a_file_over_256_mib_is_refused_before_it_is_read() {
        const TemporaryFolder folder;
        const std::string path = folder.path() / "vast.safetensors";
        std::ofstream(path).put('x');
        std::filesystem::resize_file(path, (std::uint64_t{256} << 20) + 1);
        assert_refusal(path, read_weights(path).status(), Code::kWeightsLayout, path.c_str(),
                       "is over 256 MiB, which no network here needs");
    }

    // The kernel says of its own files that they have a page.
    void a_file_with_less_than_its_size_is_refused() {
        const std::string path = "/sys/kernel/mm/transparent_hugepage/enabled";
        if (!std::filesystem::exists(path)) return;
        assert_refusal(path, read_weights(path).status(), Code::kWeightsTruncated, path.c_str(),
                       "became shorter while it was read");
    }

    // All bits of length and header, and of all tensors but for those of 32 bits alone.
    void any_flipped_bit_is_refused_or_changes_no_layer() {
        NetworkParameters parameters = random_network({784, 1, 10}, Activation::kRelu);
        for (const WeightsDtype dtype :
             {WeightsDtype::kF32, WeightsDtype::kF16, WeightsDtype::kI8}) {
            const std::string file = serialise_weights(parameters, dtype);
            const auto whole = parse(file);
            CPPUNIT_ASSERT(whole.ok());
            const std::size_t end = dtype == WeightsDtype::kF32 ? data_offset(file) : file.size();
            int accepted = 0;
            for (std::size_t bit = 0; bit < end * 8; ++bit) {
                std::string flipped = file;
                flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
                const auto result = parse(flipped);
                if (!result.ok()) continue;
                CPPUNIT_ASSERT_MESSAGE(std::to_string(bit), same_layers(*whole, *result));
                CPPUNIT_ASSERT_MESSAGE(std::to_string(bit), bit / 8 < data_offset(file));
                ++accepted;
            }
            CPPUNIT_ASSERT(accepted > 0);  // the name of some metadata, a blank behind the header
        }
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WeightsRefusalsTest);

}  // namespace digit::test
