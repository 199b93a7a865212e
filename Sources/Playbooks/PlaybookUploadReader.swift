/// Turns the `upload` of a step into values.
struct PlaybookUploadReader {
    /// The variables that a path may have.
    let variables: [String]

    /// One upload, or a list of them.
    func uploads(_ place: LocatedYAML) -> [PlaybookUpload]? {
        guard place.isList else { return upload(place).map { [$0] } }
        guard let items = place.items(of: "uploads") else { return nil }
        guard !items.isEmpty else { return place.complain("uploads nothing", fix: "take `upload` out") }
        return items.compactMap(upload)
    }

    private func upload(_ place: LocatedYAML) -> PlaybookUpload? {
        guard let keys = place.mapping(keys: PlaybookSection.upload.keys) else { return nil }
        let file = keys.required("file").flatMap { path($0, "the file's path") }
        let target = keys.required("to").flatMap(absolutePath)
        let upload = PlaybookUpload(
            file: file ?? "",
            target: target ?? "",
            sha256: keys["sha256"].flatMap(digest),
            mode: keys["mode"].flatMap(mode) ?? PlaybookUpload.defaultMode
        )
        return file == nil || target == nil ? nil : upload
    }

    private func path(_ place: LocatedYAML, _ what: String) -> PlaybookText? {
        guard let line = place.line(what) else { return nil }
        let text = PlaybookText(line)
        guard let names = text.names else {
            return place.complain("`${` begins no variable", fix: "write it as `${NAME}`")
        }
        for name in names where !variables.contains(name) {
            let nearest = Suggestion.nearest(to: name, in: variables).map { "did you mean `${\($0)}`?" }
            place.complain("there is no variable `\(name)`", fix: nearest ?? "declare it under `inputs`")
        }
        return text
    }

    private func absolutePath(_ place: LocatedYAML) -> PlaybookText? {
        guard let text = path(place, "the path on the node") else { return nil }
        guard text.text.hasPrefix("/") || text.text.hasPrefix("${") else {
            return place.complain("`\(text.text)` is no absolute path", fix: "begin it with `/`")
        }
        guard !text.text.hasSuffix("/") else {
            return place.complain("`\(text.text)` names a folder", fix: "give the file's whole path")
        }
        return text
    }

    private func digest(_ place: LocatedYAML) -> String? {
        guard let line = place.line("the digest") else { return nil }
        guard line.utf8.count == 64, line.allSatisfy(\.isHexDigit) else {
            return place.complain("`\(line)` is no SHA-256 digest", fix: "64 hexadecimal digits, as sha256sum prints")
        }
        return line.lowercased()
    }

    /// Octal digits as chmod(1) takes them.
    private func mode(_ place: LocatedYAML) -> UInt32? {
        guard let written = place.written, (3...4).contains(written.utf8.count), let mode = UInt32(written, radix: 8)
        else {
            return place.complain("expected a file mode, found \(place.kind)", fix: "write it as `0644` or `755`")
        }
        return mode
    }
}
