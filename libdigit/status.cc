// SPDX-License-Identifier: Apache-2.0
#include "libdigit/status.h"

namespace digit {

std::string_view code_name(Code code) {
    switch (code) {
        case Code::kOk:
            return "Ok";
        case Code::kEmptyFile:
            return "EmptyFile";
        case Code::kFileTooLarge:
            return "FileTooLarge";
        case Code::kNotAnImage:
            return "NotAnImage";
        case Code::kBrokenImage:
            return "BrokenImage";
        case Code::kTruncatedImage:
            return "TruncatedImage";
        case Code::kEdgeTooSmall:
            return "EdgeTooSmall";
        case Code::kTooManyPixels:
            return "TooManyPixels";
        case Code::kTooExpensive:
            return "TooExpensive";
        case Code::kBlankImage:
            return "BlankImage";
        case Code::kBusy:
            return "Busy";
        case Code::kWeightsTruncated:
            return "WeightsTruncated";
        case Code::kWeightsHeader:
            return "WeightsHeader";
        case Code::kWeightsLayout:
            return "WeightsLayout";
        case Code::kWeightsTensor:
            return "WeightsTensor";
        case Code::kWeightsChain:
            return "WeightsChain";
        case Code::kWeightsValue:
            return "WeightsValue";
        case Code::kWeightsDigest:
            return "WeightsDigest";
        case Code::kWeightsMetadata:
            return "WeightsMetadata";
        case Code::kIo:
            return "Io";
        case Code::kOutOfMemory:
            return "OutOfMemory";
        case Code::kInternal:
            return "Internal";
    }
    return "Unknown";
}

}  // namespace digit
