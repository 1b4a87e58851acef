/**
 * Python that reads a dump made by mysqldump or mariadb-dump, as a file alone: it needs no server. `Reader.line` takes one line of its SQL after
 * the other and says which section it belongs to; `read_dump(path)` reads a whole file and raises `Problem` for one that was cut, is empty or holds
 * an error's text.
 */
export const DUMP_FILE = String.raw`import gzip, zlib
NAMED = rb"\x60((?:[^\x60]|\x60\x60)+)\x60"
TITLES = [(b"-- Table structure for table ", "table"), (b"-- Dumping data for table ", "data"), (b"-- Sequence structure for ", "table"),
          (b"-- Temporary table structure for view ", "object"), (b"-- Temporary view structure for view ", "object"), (b"-- Final view structure for view ", "object"),
          (b"-- Dumping events for database ", "event"), (b"-- Dumping routines for database ", "object")]
INSERT = re.compile(rb"INSERT INTO " + NAMED + rb"(?: \((?:" + NAMED + rb"(?:, ?)?)+\))? VALUES")
STRING = re.compile(rb"'(?:[^'\\]|\\.)*'", re.S)
BROKEN = re.compile(rb"(?:mysqldump|mariadb-dump)(?:\.exe)?: |-- insufficient privileges|ERROR \d+ \(")
# One table with one column of numbers, compressed, is longer.
LEAST_BYTES = 300
class Reader:
    def __init__(self):
        self.section, self.mark, self.apart, self.table, self.tables, self.made, self.last = "head", False, False, None, {}, set(), b""
    def line(self, line):
        """The section of this line: head, table, data, object (views, triggers, routines) or event."""
        if line.startswith(b"DELIMITER "):
            self.apart = not line.startswith(b"DELIMITER ;\n")
        if not self.apart:
            if BROKEN.match(line):
                raise Problem("the dump holds an error: %s" % last_line(line))
            if self.mark:
                for title, section in TITLES:
                    if line.startswith(title):
                        self.section = section
                        found = re.search(NAMED, line)
                        self.table = found.group(1).replace(b"\x60\x60", b"\x60").decode() if found and section in ("table", "data") else None
                        if section == "data":
                            self.tables.setdefault(self.table, 0)
            self.mark = line == b"--\n"
            if self.section == "table" and line.startswith(b"CREATE TABLE "):
                self.made.add(self.table)
        if self.section == "data" and line.startswith(b"/*!50003 "):
            self.section = "object"  # the table's triggers follow its rows
        if self.section == "data":
            self.count(line)
        if line.strip():
            self.last = line
        return self.section
    def count(self, line):
        if line.startswith(b"("):  # MariaDB: a row is a line
            self.tables[self.table] += 1
        elif line.startswith(b"INSERT INTO "):
            found = INSERT.match(line)
            if not found or found.group(1).replace(b"\x60\x60", b"\x60").decode() != self.table:
                raise Problem("the rows of %s cannot be read from the dump" % self.table)
            self.tables[self.table] += STRING.sub(b"", line[found.end():]).count(b"(")
    def end(self):
        if not self.last.startswith(b"-- Dump completed") or not self.last.endswith(b"\n"):
            raise Problem("the dump does not end with its trailer: it was cut")
        if not self.made:
            raise Problem("the dump holds no table")
        if set(self.tables) != self.made:
            raise Problem("the dump lacks the rows or the making of %s" % ", ".join(sorted(set(self.tables) ^ self.made)))
        return self.tables
def read_dump(path):
    """Every table of the file with its number of rows. The whole file is read, its checksum by gzip as well."""
    if os.path.getsize(path) < LEAST_BYTES:
        raise Problem("%s has %d bytes: it is no dump" % (path, os.path.getsize(path)))
    reader = Reader()
    try:
        with gzip.open(path) as f:
            for line in f:
                reader.line(line)
    except (EOFError, OSError, zlib.error) as error:
        raise Problem("%s is not whole: %s" % (path, error))
    return reader.end()
`;
