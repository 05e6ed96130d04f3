-- A project database of schema version 1, as the program of that time wrote it: one image, two edits.
BEGIN TRANSACTION;
CREATE TABLE consensus (
	image_id INTEGER NOT NULL, 
	landmark VARCHAR NOT NULL, 
	edit_id INTEGER NOT NULL, 
	PRIMARY KEY (image_id, landmark), 
	FOREIGN KEY(image_id) REFERENCES images (image_id), 
	FOREIGN KEY(edit_id) REFERENCES edits (edit_id)
)
 WITHOUT ROWID

;
INSERT INTO "consensus" VALUES(1,'apex',2);
CREATE TABLE edits (
	edit_id INTEGER NOT NULL, 
	time VARCHAR NOT NULL, 
	image_id INTEGER NOT NULL, 
	landmark VARCHAR NOT NULL, 
	reader VARCHAR NOT NULL, 
	origin_kind VARCHAR NOT NULL, 
	origin_name VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	target INTEGER, 
	action INTEGER NOT NULL, 
	"before" INTEGER, 
	old_state VARCHAR NOT NULL, 
	old_y FLOAT, 
	old_x FLOAT, 
	state VARCHAR NOT NULL, 
	y FLOAT, 
	x FLOAT, 
	note VARCHAR NOT NULL, 
	PRIMARY KEY (edit_id), 
	CONSTRAINT kind_is_known CHECK (kind IN ('edit', 'undo', 'redo')), 
	CONSTRAINT undo_names_its_target CHECK ((kind = 'edit') = (target IS NULL)), 
	CONSTRAINT state_fits_point CHECK ((y IS NULL) = (state IN ('absent', 'not_yet'))), 
	FOREIGN KEY(image_id) REFERENCES images (image_id), 
	FOREIGN KEY(target) REFERENCES edits (edit_id), 
	FOREIGN KEY("before") REFERENCES edits (edit_id)
);
INSERT INTO "edits" VALUES(1,'2026-11-20T23:40:29.984+00:00',1,'apex','ada','reader','ada','edit',NULL,1,NULL,'not_yet',NULL,NULL,'placed',5.0,6.0,'');
INSERT INTO "edits" VALUES(2,'2026-11-20T23:40:30.008+00:00',1,'apex','ada','reader','ada','edit',NULL,2,1,'placed',5.0,6.0,'placed',5.0,7.0,'');
CREATE TABLE facts (
	"key" VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "facts" VALUES('patient_key','5f613009678ae3842ab1c3aa706987a10148f5a7d71e47e164fe38145a4e7695');
INSERT INTO "facts" VALUES('created','2026-11-20T23:40:29.894+00:00');
CREATE TABLE images (
	image_id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	sort_name VARCHAR NOT NULL, 
	content_hash VARCHAR NOT NULL, 
	relative_path VARCHAR, 
	absolute_path VARCHAR NOT NULL, 
	height INTEGER NOT NULL, 
	width INTEGER NOT NULL, 
	row_mm FLOAT, 
	column_mm FLOAT, 
	spacing_source VARCHAR, 
	"view" VARCHAR NOT NULL, 
	bits INTEGER NOT NULL, 
	applied JSON NOT NULL, 
	patient_group VARCHAR NOT NULL, 
	split VARCHAR NOT NULL, 
	label_rank INTEGER, 
	added VARCHAR NOT NULL, 
	PRIMARY KEY (image_id), 
	CONSTRAINT split_is_known CHECK (split IN ('train', 'val', 'test', 'pool')), 
	UNIQUE (name), 
	UNIQUE (content_hash)
);
INSERT INTO "images" VALUES(1,'one.png','one.png','pixels one','../images/one.png','/data/images/one.png',20,30,NULL,NULL,NULL,'',8,'[]','d02d13eff1e8501b0a336f49f2a95c77a2125986daf47640ca3fa547827a62d5','test',NULL,'2026-11-20T23:40:29.936+00:00');
CREATE TABLE latest (
	image_id INTEGER NOT NULL, 
	landmark VARCHAR NOT NULL, 
	reader VARCHAR NOT NULL, 
	edit_id INTEGER NOT NULL, 
	PRIMARY KEY (image_id, landmark, reader), 
	FOREIGN KEY(image_id) REFERENCES images (image_id), 
	FOREIGN KEY(edit_id) REFERENCES edits (edit_id)
)
 WITHOUT ROWID

;
INSERT INTO "latest" VALUES(1,'apex','ada',2);
CREATE TABLE metrics (
	run_id INTEGER NOT NULL, 
	split VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	value FLOAT, 
	PRIMARY KEY (run_id, split, name), 
	FOREIGN KEY(run_id) REFERENCES runs (run_id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
CREATE TABLE predictions (
	run_id INTEGER NOT NULL, 
	image_id INTEGER NOT NULL, 
	landmarks JSON NOT NULL, 
	PRIMARY KEY (run_id, image_id), 
	FOREIGN KEY(run_id) REFERENCES runs (run_id) ON DELETE CASCADE, 
	FOREIGN KEY(image_id) REFERENCES images (image_id)
)
 WITHOUT ROWID

;
CREATE TABLE runs (
	run_id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	recipe VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	created VARCHAR NOT NULL, 
	labels INTEGER, 
	seed INTEGER NOT NULL, 
	device VARCHAR NOT NULL, 
	teachers JSON NOT NULL, 
	steps_done INTEGER NOT NULL, 
	best_error_px FLOAT, 
	message VARCHAR NOT NULL, 
	PRIMARY KEY (run_id), 
	UNIQUE (name)
);
CREATE TABLE training_lock (
	only INTEGER NOT NULL, 
	token VARCHAR NOT NULL, 
	owner VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	process INTEGER NOT NULL, 
	beat FLOAT NOT NULL, 
	PRIMARY KEY (only), 
	CONSTRAINT there_is_one_lock CHECK (only = 1)
);
CREATE TABLE windows (
	token VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	process INTEGER NOT NULL, 
	opened FLOAT NOT NULL, 
	beat FLOAT NOT NULL, 
	PRIMARY KEY (token)
);
CREATE INDEX images_by_patient_group ON images (patient_group);
CREATE INDEX images_by_split ON images (split, sort_name);
CREATE INDEX images_by_sort_name ON images (sort_name, image_id);
CREATE INDEX edits_by_action ON edits (action);
CREATE INDEX edits_by_target ON edits (target, edit_id);
CREATE INDEX edits_by_reader ON edits (reader, kind, edit_id);
CREATE INDEX edits_by_image ON edits (image_id, landmark);
CREATE INDEX predictions_by_image ON predictions (image_id);
CREATE TRIGGER edits_refuse_UPDATE BEFORE UPDATE ON edits BEGIN SELECT RAISE(ABORT, 'the journal of edits is append-only'); END;
CREATE TRIGGER edits_refuse_DELETE BEFORE DELETE ON edits BEGIN SELECT RAISE(ABORT, 'the journal of edits is append-only'); END;
COMMIT;
PRAGMA user_version = 1;
